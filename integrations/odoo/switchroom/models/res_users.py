"""Whose phone it is, and the statement that Switchroom believes."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time

from odoo import _, fields, models
from odoo.exceptions import UserError

SERVER = "switchroom.server"
SECRET = "switchroom.secret"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+\Z")


def read_server(text):
    """The origin of a server, of what was typed; empty when it is none."""
    address = (text or "").strip().rstrip("/")
    return address if _ADDRESS.match(address) else ""


def sign(secret, origin, user, nonce, at):
    """A statement: `v1.<payload>.<mac>`. The mac is the HMAC-SHA256 of all before it."""
    payload = json.dumps({"origin": origin, "user": user, "nonce": nonce, "at": at}).encode()
    signed = "v1." + base64.urlsafe_b64encode(payload).decode().rstrip("=")
    return signed + "." + hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


class ResUsers(models.Model):
    """Each person's extension. Only who may change settings sees or sets it: it says whose phone rings."""

    _inherit = "res.users"

    switchroom_extension = fields.Char(
        "VoIP username / Extension number",
        copy=False,
        groups="base.group_system",
        help="The extension or the e-mail address of this person in Switchroom.",
    )

    def _switchroom_server(self):
        """The origin of the server this person's phone is loaded from, or false."""
        self.ensure_one()
        user = self.sudo()
        parameters = self.env["ir.config_parameter"].sudo()
        ready = user._is_internal() and user.switchroom_extension and parameters.get_param(SECRET)
        return bool(ready) and (read_server(parameters.get_param(SERVER)) or False)

    def _switchroom_statement(self, origin):
        """A statement about this person for a page of `origin`, believed once and for a minute."""
        self.ensure_one()
        if not self._switchroom_server():
            raise UserError(_("Ask an administrator for an extension in Switchroom."))
        secret = self.env["ir.config_parameter"].sudo().get_param(SECRET).strip()
        person = self.sudo().switchroom_extension.strip()
        return sign(secret, origin, person, secrets.token_urlsafe(24), time.time())
