from . import ir_http, mail_activity, res_config_settings, res_partner, res_users
