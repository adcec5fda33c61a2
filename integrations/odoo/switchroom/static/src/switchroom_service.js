/** The phone of this page: loaded from the Switchroom server, signed in by Odoo, told what changes here. */
import { reactive } from "@odoo/owl";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { _t } from "@web/core/l10n/translation";
import { session } from "@web/session";

const MODELS = { crm: "crm.lead", project: "project.task", helpdesk: "helpdesk.ticket", contacts: "res.partner" };
const TOGETHER_MS = 30;

export class Switchroom {
    constructor({ orm, action, notification }) {
        this.orm = orm;
        this.action = action;
        this.notification = notification;
        this.server = session.switchroom || null;
        this.element = this.server ? this.makeElement() : null;
        /** Which cards have a call for today and me: "crm.lead,7" -> true or false. */
        this.queued = reactive({});
        this.wanted = new Set();
        /** What closes the notification of a call that rings. */
        this.offers = new Map();
    }

    makeElement() {
        const element = document.createElement("switchroom-phone");
        element.setAttribute("server", this.server);
        element.setAttribute("language", user.lang.slice(0, 2));
        // Each "tel:" link of Odoo calls: those of phone fields, and those that chatter.js makes.
        element.setAttribute("links", "");
        element.statement = () => rpc("/switchroom/statement", {}, { silent: true });
        element.addEventListener("switchroom-call", (event) => this.onCall(event.detail));
        element.addEventListener("switchroom-open-record", (event) => this.onOpen(event));
        return element;
    }

    /** Load the phone's script, once. Rejects when the server can not be reached. */
    load() {
        this.loading ??= new Promise((resolve, reject) => {
            const script = document.createElement("script");
            script.type = "module";
            script.src = `${this.server}/switchroom-phone.js`;
            script.onload = resolve;
            script.onerror = () => {
                this.loading = null;
                script.remove();
                reject(new Error(`${script.src} can not be loaded`));
            };
            document.head.append(script);
        });
        return this.loading;
    }

    /** Screen pop: who calls is offered while it rings, and opened when the call is answered. */
    async onCall({ id, state, direction, number, name }) {
        if (direction !== "in") {
            return;
        }
        this.withdraw(id);
        this.ringing = state === "ringing" ? id : null;
        if (state === "ended") {
            return;
        }
        const found = await this.orm.silent.call("res.partner", "switchroom_match", [number]);
        if (!found || (state === "ringing" && this.ringing !== id)) {
            return;
        }
        if (state === "answered") {
            this.open(found.model, found.id);
            return;
        }
        const close = this.notification.add(found.name || name || number, {
            title: _t("%s is calling", number),
            type: "info",
            sticky: true,
            buttons: [{ name: _t("Open"), primary: true, onClick: () => this.open(found.model, found.id) }],
        });
        this.offers.set(id, close);
        this.element.classList.add("o_switchroom_offer");
    }

    /** Take back what was said of a call. */
    withdraw(id) {
        this.offers.get(id)?.();
        this.offers.delete(id);
        this.element.classList.toggle("o_switchroom_offer", this.offers.size > 0);
    }

    /** The phone wants to show a record: those of this Odoo are shown here. */
    onOpen(event) {
        const { app, id, url } = event.detail;
        const model = MODELS[app];
        const here = url && URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin;
        if (model && here && Number.isInteger(Number(id))) {
            event.preventDefault();
            this.open(model, Number(id));
        }
    }

    open(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
            target: "current",
        });
    }

    /** Ask, together with the other cards, whether this one has a call for today. */
    want(model, id) {
        const key = `${model},${id}`;
        if (key in this.queued) {
            return;
        }
        this.wanted.add(key);
        this.timer ??= setTimeout(() => this.ask(), TOGETHER_MS);
    }

    async ask() {
        const keys = [...this.wanted];
        this.wanted.clear();
        this.timer = null;
        for (const [model, found] of Object.entries(Object.groupBy(keys, (key) => key.split(",")[0]))) {
            const ids = found.map((key) => Number(key.split(",")[1]));
            const having = await this.orm.silent.call("mail.activity", "switchroom_queued", [model, ids]);
            for (const id of ids) {
                this.queued[`${model},${id}`] = having.includes(id);
            }
        }
    }

    /** The green and the red icon of a card. */
    async toggle(model, id) {
        const key = `${model},${id}`;
        const method = this.queued[key] ? "switchroom_unqueue" : "switchroom_queue";
        await this.orm.call("mail.activity", method, [model, id]);
        this.queued[key] = !this.queued[key];
        this.element?.refresh?.();
    }

    /** Calls were planned, moved or done somewhere: the cards and the phone look again. */
    changed() {
        for (const key of Object.keys(this.queued)) {
            this.wanted.add(key);
        }
        if (this.wanted.size) {
            this.timer ??= setTimeout(() => this.ask(), TOGETHER_MS);
        }
        this.element?.refresh?.();
    }
}

export const switchroomService = {
    dependencies: ["orm", "action", "notification", "bus_service"],
    start(env, services) {
        const switchroom = new Switchroom(services);
        services.bus_service.subscribe("switchroom/calls", () => switchroom.changed());
        return switchroom;
    },
};

registry.category("services").add("switchroom", switchroomService);
