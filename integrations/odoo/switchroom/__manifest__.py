{
    "name": "Switchroom phone",
    "summary": "The phone of a Switchroom system in Odoo: click to dial, calls for today, screen pop",
    "version": "19.0.1.0.0",
    "category": "Productivity/VOIP",
    "license": "LGPL-3",
    "author": "Switchroom contributors",
    "depends": ["base_setup", "mail", "phone_validation", "web"],
    "data": [
        "views/res_config_settings_views.xml",
        "views/res_users_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["switchroom/static/src/**/*"],
    },
    "application": True,
    "installable": True,
}
