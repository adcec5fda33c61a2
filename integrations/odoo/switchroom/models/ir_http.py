"""What the web client knows from its start."""

from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    """Adds where the phone is loaded from."""

    _inherit = "ir.http"

    def session_info(self):
        """`switchroom` is the origin of the server, or false: this person has no phone."""
        info = super().session_info()
        info["switchroom"] = bool(request.session.uid) and self.env.user._switchroom_server()
        return info
