"""Settings > General Settings > Integrations."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .res_users import SECRET, SERVER, read_server


class ResConfigSettings(models.TransientModel):
    """Where Switchroom is, and what this Odoo signs with."""

    _inherit = "res.config.settings"

    switchroom_server = fields.Char(
        "Switchroom server", config_parameter=SERVER, groups="base.group_system"
    )
    switchroom_secret = fields.Char(
        "Switchroom secret", config_parameter=SECRET, groups="base.group_system"
    )

    @api.constrains("switchroom_server")
    def _check_switchroom_server(self):
        for settings in self:
            if settings.switchroom_server and not read_server(settings.switchroom_server):
                raise ValidationError(
                    _("Enter the address of Switchroom with its scheme, such as https://pbx.example.com.")
                )
