"""Every prompt: its key, and what it says in each language. Say what to do first, then the key to press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FALLBACK: Final = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One prompt in all languages."""

    en: str
    fr: str
    it: str

    def text(self, language: str) -> str:
        """The words in a language (en, fr or it); English for any other."""
        match language:
            case "fr":
                return self.fr
            case "it":
                return self.it
        return self.en


CATALOGUE: Final[Mapping[str, Words]] = {
    "enter-access-code": Words(
        "Please enter the access code, then press the hash key.",
        "Veuillez composer le code d'accès, puis appuyez sur la touche dièse.",
        "Inserisca il codice di accesso, poi prema il tasto cancelletto.",
    ),
    "wrong-access-code": Words(
        "That code is not valid for this conference.",
        "Ce code n'est pas valable pour cette conférence.",
        "Questo codice non è valido per questa conferenza.",
    ),
    "too-many-tries": Words(
        "You have entered too many wrong codes.",
        "Vous avez composé trop de codes erronés.",
        "Ha inserito troppi codici errati.",
    ),
    "codes-refused": Words(
        "This conference is taking no codes at the moment. Please call again later.",
        "Cette conférence n'accepte aucun code pour le moment. Veuillez rappeler plus tard.",
        "Questa conferenza al momento non accetta codici. La preghiamo di richiamare più tardi.",
    ),
    "nothing-entered": Words(
        "No code was entered.",
        "Aucun code n'a été composé.",
        "Non è stato inserito alcun codice.",
    ),
    "waiting-for-administrator": Words(
        "The conference will begin when its administrator arrives.",
        "La conférence commencera à l'arrivée de son administrateur.",
        "La conferenza inizierà all'arrivo dell'amministratore.",
    ),
    "administrator-arrived": Words(
        "The conference will now begin.",
        "La conférence va maintenant commencer.",
        "La conferenza sta per iniziare.",
    ),
    "only-person": Words(
        "You are the only person in this conference.",
        "Vous êtes la seule personne dans cette conférence.",
        "Lei è l'unica persona in questa conferenza.",
    ),
    "entering-conference": Words(
        "You will now enter the conference.",
        "Vous allez maintenant entrer dans la conférence.",
        "Ora entrerà nella conferenza.",
    ),
    "conference-full": Words(
        "This conference is full.",
        "Cette conférence est complète.",
        "Questa conferenza è al completo.",
    ),
    "conference-ended": Words(
        "The conference has ended.",
        "La conférence est terminée.",
        "La conferenza è terminata.",
    ),
    "removed-from-conference": Words(
        "You have been removed from the conference.",
        "Vous avez été retiré de la conférence.",
        "È stato rimosso dalla conferenza.",
    ),
    "invited": Words(
        "You are invited to a conference.",
        "Vous êtes invité à une conférence.",
        "È invitato a una conferenza.",
    ),
    "press-one-to-join": Words(
        "To join it, press one.",
        "Pour y participer, appuyez sur un.",
        "Per partecipare, prema uno.",
    ),
    "no-key-pressed": Words(
        "No key was pressed.",
        "Aucune touche n'a été pressée.",
        "Non è stato premuto alcun tasto.",
    ),
    "number-unknown": Words(
        "The number you have dialled is not in service. Please check the number and try again.",
        "Le numéro que vous avez composé n'est pas en service. Veuillez vérifier le numéro et réessayer.",
        "Il numero selezionato non è attivo. Verifichi il numero e riprovi.",
    ),
    "person-unavailable": Words(
        "Nobody is available to take your call.",
        "Personne n'est disponible pour prendre votre appel.",
        "Nessuno è disponibile a rispondere alla sua chiamata.",
    ),
    "person-busy": Words(
        "The person you are calling is on the phone.",
        "La personne que vous appelez est en ligne.",
        "La persona chiamata è al telefono.",
    ),
    "emergency-impossible": Words(
        "Emergency numbers can not be reached from here. Please use a mobile phone.",
        "Les numéros d'urgence ne sont pas accessibles d'ici. Veuillez utiliser un téléphone mobile.",
        "Da qui non è possibile chiamare i numeri di emergenza. Usi un telefono cellulare.",
    ),
    "outside-calls-impossible": Words(
        "Your call can not be completed as dialled.",
        "Votre appel ne peut être établi tel que composé.",
        "La chiamata non può essere completata con il numero selezionato.",
    ),
    "time-limit": Words(
        "This call has reached its longest duration and will now end.",
        "Cet appel a atteint sa durée maximale et va se terminer.",
        "Questa chiamata ha raggiunto la durata massima e sta per terminare.",
    ),
    "echo-test": Words(
        "You are about to hear yourself. Say something, and hang up when you have heard enough.",
        "Vous allez vous entendre. Dites quelque chose, et raccrochez quand vous en aurez assez.",
        "Ora sentirà la sua voce. Dica qualcosa, e riagganci quando ha sentito abbastanza.",
    ),
    "conference-recorded": Words(
        "This conference is being recorded.",
        "Cette conférence est enregistrée.",
        "Questa conferenza viene registrata.",
    ),
    "recording-stopped": Words(
        "The recording has stopped.",
        "L'enregistrement est arrêté.",
        "La registrazione è terminata.",
    ),
    "all-circuits-busy": Words(
        "All circuits are busy now. Please call again later.",
        "Toutes les lignes sont occupées. Veuillez rappeler plus tard.",
        "Tutte le linee sono occupate. La preghiamo di richiamare più tardi.",
    ),
    "system-error": Words(
        "We are sorry: something went wrong. Please call again later.",
        "Désolé, une erreur s'est produite. Veuillez rappeler plus tard.",
        "Siamo spiacenti, si è verificato un errore. La preghiamo di richiamare più tardi.",
    ),
    "goodbye": Words("Goodbye.", "Au revoir.", "Arrivederci."),
    "digit-0": Words("zero", "zéro", "zero"),
    "digit-1": Words("one", "un", "uno"),
    "digit-2": Words("two", "deux", "due"),
    "digit-3": Words("three", "trois", "tre"),
    "digit-4": Words("four", "quatre", "quattro"),
    "digit-5": Words("five", "cinq", "cinque"),
    "digit-6": Words("six", "six", "sei"),
    "digit-7": Words("seven", "sept", "sette"),
    "digit-8": Words("eight", "huit", "otto"),
    "digit-9": Words("nine", "neuf", "nove"),
}


def digit_keys(number: str) -> list[str]:
    """Return the keys that speak a number digit by digit; what is no digit is left out."""
    return [f"digit-{figure}" for figure in number if "0" <= figure <= "9"]
