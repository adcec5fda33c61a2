"""The calls of today: planned on a card of a board by one click, and told to whom they concern."""

from datetime import timedelta

from odoo import api, fields, models

BOARDS = ("crm.lead", "project.task", "helpdesk.ticket")
CALL = "phonecall"
CHANGED = "switchroom/calls"


class MailActivity(models.Model):
    """Activities of the type Call."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        """Also tell whoever has a new call."""
        activities = super().create(vals_list)
        activities._switchroom_tell()
        return activities

    def write(self, vals):
        """Also tell whoever had and has the calls."""
        before = self._switchroom_concerned()
        done = super().write(vals)
        self._switchroom_tell(before)
        return done

    def unlink(self):
        """Also tell whoever had the calls."""
        before = self._switchroom_concerned()
        done = super().unlink()
        self.browse()._switchroom_tell(before)
        return done

    def _switchroom_concerned(self):
        """The people who have these calls; not those planned far ahead."""
        soon = fields.Date.today() + timedelta(days=1)
        calls = self.sudo().filtered(
            lambda one: one.activity_type_id.category == CALL and one.date_deadline and one.date_deadline <= soon
        )
        return calls.user_id

    def _switchroom_tell(self, others=None):
        for user in self._switchroom_concerned() | (others or self.env["res.users"]):
            user._bus_send(CHANGED, {})

    def _switchroom_today(self):
        """The day of whoever asks."""
        return fields.Date.context_today(self.with_context(tz=self.env.user.tz or "UTC"))

    @api.model
    def _switchroom_mine(self, model, res_ids, when):
        return self.search(
            [
                ("user_id", "=", self.env.uid),
                ("res_model", "=", model),
                ("res_id", "in", res_ids),
                ("activity_type_id.category", "=", CALL),
                ("date_deadline", when, self._switchroom_today()),
            ],
            order="date_deadline desc, id",
        )

    @api.model
    def switchroom_queued(self, model, res_ids):
        """Which of these records have a call for today and me."""
        if model not in BOARDS:
            return []
        return sorted(set(self._switchroom_mine(model, res_ids, "=").mapped("res_id")))

    @api.model
    def switchroom_queue(self, model, res_id):
        """A call on this record for today and me. One that is overdue is moved to today."""
        if model not in BOARDS or model not in self.env:
            return False
        today = self._switchroom_today()
        mine = self._switchroom_mine(model, [res_id], "<=")[:1]
        if not mine:
            call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
            call = call or self.env["mail.activity.type"].search([("category", "=", CALL)], limit=1)
            record = self.env[model].browse(res_id)
            record.activity_schedule(
                activity_type_id=call.id, date_deadline=today, user_id=self.env.uid, automated=False
            )
        elif mine.date_deadline != today:
            mine.date_deadline = today
        return True

    @api.model
    def switchroom_unqueue(self, model, res_id):
        """Cancel the calls on this record for today and me."""
        if model in BOARDS:
            self._switchroom_mine(model, [res_id], "=").unlink()
        return True
