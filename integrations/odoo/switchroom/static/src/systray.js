/** The phone's icon among those at the upper right. */
import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

export class SwitchroomSystray extends Component {
    static template = "switchroom.Systray";
    static props = {};

    setup() {
        this.switchroom = useService("switchroom");
        this.place = useRef("place");
        this.state = useState({ away: false });
        onMounted(() => this.load());
    }

    async load() {
        if (!this.switchroom.server) {
            return;
        }
        this.state.away = false;
        try {
            await this.switchroom.load();
            this.place.el?.replaceChildren(this.switchroom.element);
        } catch {
            this.state.away = true;
        }
    }
}

registry.category("systray").add("switchroom", { Component: SwitchroomSystray }, { sequence: 30 });
