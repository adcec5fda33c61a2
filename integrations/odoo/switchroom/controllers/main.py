"""What the page of a person who is signed in to Odoo asks for."""

from odoo import http
from odoo.http import request


class SwitchroomController(http.Controller):
    """The phone's way in."""

    @http.route("/switchroom/statement", type="jsonrpc", auth="user", methods=["POST"])
    def statement(self):
        """A statement that the person of this session is before a page of this Odoo, for Switchroom.

        The browser names the page's origin. Whoever makes it up gets a statement about himself that
        Switchroom does not believe.
        """
        return request.env.user._switchroom_statement(request.httprequest.headers.get("Origin") or "")
