"""Who calls."""

import re

from odoo import api, models

_E164 = re.compile(r"\+[0-9]{5,15}\Z")


class ResPartner(models.Model):
    """Finds the person behind a number, with the rights of who asks."""

    _inherit = "res.partner"

    @api.model
    def switchroom_match(self, number):
        """The open opportunity or else the contact with this number (E.164): model, id and name, or false."""
        if not isinstance(number, str) or not _E164.match(number):
            return False
        domain = [("phone_sanitized", "=", number)]
        places = [("res.partner", domain)]
        if "crm.lead" in self.env:
            places.insert(0, ("crm.lead", [*domain, ("stage_id.is_won", "=", False)]))
        for model, wanted in places:
            if self.env[model].has_access("read"):
                found = self.env[model].search(wanted, limit=1, order="write_date desc, id desc")
                if found:
                    return {"model": model, "id": found.id, "name": found.display_name}
        return False
