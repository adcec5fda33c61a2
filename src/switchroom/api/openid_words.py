"""The page a person sees when signing in by a provider failed, in three languages."""

from __future__ import annotations

from collections.abc import Mapping

STATUS = {
    "openid-unreachable": 502,
    "openid-invalid": 502,
    "openid-refused": 401,
    "openid-expired": 400,
    "openid-unknown": 403,
    "user-not-applied": 403,
    "too-many-tries": 429,
}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Signing in failed",
        "back": "Back to the sign-in page",
        "openid-unreachable": "{provider} can not be reached. Try again in a moment; if it stays "
        "so, tell your "
        "administrator.",
        "openid-invalid": "{provider} answered with something that can not be trusted. Tell your "
        "administrator: "
        "the log says more.",
        "openid-refused": "{provider} did not let you in, or you cancelled. Try again.",
        "openid-expired": "The sign-in page was left open for too long, or another one was opened. "
        "Begin again.",
        "openid-unknown": "{provider} knows you, but nobody gave you a login here. Ask your administrator to "
        "enter your e-mail address at your user.",
        "user-not-applied": "Your user is not in the applied configuration. Ask your administrator.",
        "too-many-tries": "Too many tries. Wait a minute, then begin again.",
    },
    "fr": {
        "title": "La connexion a échoué",
        "back": "Retour à la page de connexion",
        "openid-unreachable": "{provider} est injoignable. Réessayez dans un instant ; si cela "
        "dure, prévenez "
        "votre administrateur.",
        "openid-invalid": "La réponse de {provider} n’est pas digne de confiance. Prévenez votre "
        "administrateur : "
        "le journal en dit plus.",
        "openid-refused": "{provider} ne vous a pas laissé entrer, ou vous avez annulé. Réessayez.",
        "openid-expired": "La page de connexion est restée ouverte trop longtemps, ou une autre a "
        "été ouverte. "
        "Recommencez.",
        "openid-unknown": "{provider} vous connaît, mais personne ne vous a donné d’accès ici. "
        "Demandez à votre "
        "administrateur d’inscrire votre adresse e-mail sur votre utilisateur.",
        "user-not-applied": "Votre utilisateur n’est pas dans la configuration appliquée. "
        "Adressez-vous à votre "
        "administrateur.",
        "too-many-tries": "Trop d’essais. Attendez une minute, puis recommencez.",
    },
    "it": {
        "title": "Accesso non riuscito",
        "back": "Torna alla pagina di accesso",
        "openid-unreachable": "{provider} non è raggiungibile. Riprovare tra poco; se continua, avvisare "
        "l’amministratore.",
        "openid-invalid": "La risposta di {provider} non è affidabile. Avvisare l’amministratore: "
        "il registro "
        "dice di più.",
        "openid-refused": "{provider} non ha concesso l’accesso, oppure è stato annullato. Riprovare.",
        "openid-expired": "La pagina di accesso è rimasta aperta troppo a lungo, o ne è stata "
        "aperta un’altra. "
        "Ricominciare.",
        "openid-unknown": "{provider} La conosce, ma qui nessuno Le ha dato un accesso. Chiedere "
        "all’amministratore di inserire il Suo indirizzo e-mail nel Suo utente.",
        "user-not-applied": "Il Suo utente non è nella configurazione applicata. Rivolgersi "
        "all’amministratore.",
        "too-many-tries": "Troppi tentativi. Attendere un minuto, poi ricominciare.",
    },
}

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title} - {system}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 32rem;
  margin: 15vh auto 0; padding: 0 16px; }}
h1 {{ font-size: 1.5rem; }}</style></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="/">{back}</a></p></main></body></html>
"""


def failure_page(error_id: str, *, provider: str, system: str, accept: str, fallback: str) -> str:
    """The page for an error. `provider` and `system` are HTML already; `accept`: Accept-Language."""
    wanted = [item.split(";")[0].split("-")[0].strip().lower() for item in accept[:500].split(",")]
    language = next((item for item in [*wanted, fallback] if item in _WORDS), "en")
    words = _WORDS[language]
    text = words[error_id].format(provider=provider)
    return _PAGE.format(language=language, title=words["title"], system=system, text=text, back=words["back"])
