/** Green and red phone icons on the cards of boards: a call for today and me, by one click. */
import { onWillRender, useState } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { KanbanRecord } from "@web/views/kanban/kanban_record";

const BOARDS = ["crm.lead", "project.task", "helpdesk.ticket"];

patch(KanbanRecord.prototype, {
    setup() {
        super.setup();
        if (!BOARDS.includes(this.props.record.resModel)) {
            return;
        }
        this.switchroom = useService("switchroom");
        this.switchroomQueued = useState(this.switchroom.queued);
        onWillRender(() => {
            if (this.switchroomShown) {
                this.switchroom.want(this.props.record.resModel, this.props.record.resId);
            }
        });
    },

    get switchroomShown() {
        const { record } = this.props;
        return Boolean(this.switchroom?.server && record.resId && !record.model.useSampleModel);
    },

    /** Undefined as long as it is not known. */
    get switchroomHasCall() {
        const { record } = this.props;
        return this.switchroomQueued[`${record.resModel},${record.resId}`];
    },

    onSwitchroomToggle() {
        return this.switchroom.toggle(this.props.record.resModel, this.props.record.resId);
    },
});
