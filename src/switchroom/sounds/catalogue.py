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
    "enter-conference-id": Words(
        "Please enter the conference ID, then press the hash key.",
        "Veuillez composer le numéro de la conférence, puis appuyez sur la touche dièse.",
        "Inserisca il numero della conferenza, poi prema il tasto cancelletto.",
    ),
    "unknown-conference-id": Words(
        "No conference has this ID.",
        "Aucune conférence n'a ce numéro.",
        "Nessuna conferenza ha questo numero.",
    ),
    "too-many-conference-ids": Words(
        "You have entered too many wrong conference IDs.",
        "Vous avez composé trop de numéros de conférence erronés.",
        "Ha inserito troppi numeri di conferenza errati.",
    ),
    "conference-ids-refused": Words(
        "No conference IDs are taken at the moment. Please call again later.",
        "Aucun numéro de conférence n'est accepté pour le moment. Veuillez rappeler plus tard.",
        "Al momento non si accettano numeri di conferenza. La preghiamo di richiamare più tardi.",
    ),
    "no-conference-id": Words(
        "No conference ID was entered.",
        "Aucun numéro de conférence n'a été composé.",
        "Non è stato inserito alcun numero di conferenza.",
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
    "press-one-to-take-call": Words(
        "You have a forwarded call. To take it, press one.",
        "Vous avez un appel renvoyé. Pour le prendre, appuyez sur un.",
        "C'è una chiamata inoltrata per Lei. Per rispondere, prema uno.",
    ),
    "calls-forwarded-to": Words(
        "Your calls are now forwarded to this number.",
        "Vos appels sont maintenant renvoyés vers ce numéro.",
        "Le Sue chiamate sono ora inoltrate a questo numero.",
    ),
    "nothing-to-pick-up": Words(
        "There is no ringing call that you may take.",
        "Aucun appel que vous pouvez intercepter ne sonne.",
        "Non c'è nessuna chiamata in arrivo che possa prendere.",
    ),
    "nothing-to-park": Words(
        "You have no call to park. Put a call on hold first.",
        "Vous n'avez aucun appel à parquer. Mettez d'abord un appel en attente.",
        "Non ha nessuna chiamata da parcheggiare. Metta prima una chiamata in attesa.",
    ),
    "orbits-taken": Words(
        "All places for parked calls are taken. Please try again in a moment.",
        "Toutes les places pour les appels parqués sont occupées. Veuillez réessayer dans un instant.",
        "Tutti i posti per le chiamate parcheggiate sono occupati. Riprovi tra un momento.",
    ),
    "call-parked-at": Words(
        "The call is parked. To take it, dial the following number.",
        "L'appel est parqué. Pour le reprendre, composez le numéro suivant.",
        "La chiamata è parcheggiata. Per riprenderla, componga il numero seguente.",
    ),
    "calls-not-forwarded": Words(
        "Your calls are not forwarded any more.",
        "Vos appels ne sont plus renvoyés.",
        "Le Sue chiamate non sono più inoltrate.",
    ),
    "forwarding-in-circles": Words(
        "Calls can not be forwarded there: they would come back to you.",
        "Les appels ne peuvent pas être renvoyés là : ils reviendraient à vous.",
        "Le chiamate non possono essere inoltrate lì: tornerebbero a Lei.",
    ),
    "do-not-disturb-on": Words(
        "Do not disturb is on: your phones do not ring.",
        "Ne pas déranger est activé : vos téléphones ne sonnent pas.",
        "Non disturbare è attivo: i Suoi telefoni non squillano.",
    ),
    "do-not-disturb-off": Words(
        "Do not disturb is off: your phones ring.",
        "Ne pas déranger est désactivé : vos téléphones sonnent.",
        "Non disturbare è disattivato: i Suoi telefoni squillano.",
    ),
    "setting-not-saved": Words(
        "That could not be saved. Please try again later.",
        "Cela n'a pas pu être enregistré. Veuillez réessayer plus tard.",
        "Non è stato possibile salvare. Riprovi più tardi.",
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
    "number-not-allowed": Words(
        "Calls to this number are not allowed from your phone. An administrator can change that.",
        "Les appels vers ce numéro sont interdits depuis votre poste. Un administrateur peut changer cela.",
        "Le chiamate a questo numero non sono consentite dal suo telefono. Un amministratore può cambiarlo.",
    ),
    "country-not-called-before": Words(
        "Nobody has called this country before. The administrator is being asked; please try again later.",
        "Personne n'a encore appelé ce pays. L'administrateur est consulté ; veuillez réessayer plus tard.",
        "Nessuno ha ancora chiamato questo paese. L'amministratore viene avvisato; riprovi più tardi.",
    ),
    "call-limit-reached": Words(
        "You have reached the limit of your calls outside. Please try again later.",
        "Vous avez atteint la limite de vos appels externes. Veuillez réessayer plus tard.",
        "Ha raggiunto il limite delle chiamate esterne. Riprovi più tardi.",
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
    "you-are-muted": Words("You are muted.", "Votre micro est coupé.", "Il suo microfono è disattivato."),
    "you-are-heard": Words(
        "You can be heard again.", "On vous entend à nouveau.", "Ora la sentono di nuovo."
    ),
    "muted-by-moderator": Words(
        "You have been muted. To speak, press star 1.",
        "Votre micro a été coupé. Pour parler, tapez étoile 1.",
        "Il suo microfono è stato disattivato. Per parlare, prema asterisco 1.",
    ),
    "muted-until-asked": Words(
        "You have been muted. Raise your hand by star 3 if you wish to speak.",
        "Votre micro a été coupé. Pour demander la parole, tapez étoile 3.",
        "Il suo microfono è stato disattivato. Per chiedere la parola, prema asterisco 3.",
    ),
    "asked-to-speak": Words(
        "You are asked to speak. Press star 1, and you can be heard.",
        "On vous demande de parler. Tapez étoile 1 pour être entendu.",
        "Le viene chiesto di parlare. Prema asterisco 1 per farsi sentire.",
    ),
    "everybody-muted": Words(
        "Everybody else is muted.",
        "Tous les autres micros sont coupés.",
        "Tutti gli altri microfoni sono disattivati.",
    ),
    "conference-locked": Words(
        "The conference is locked.", "La conférence est verrouillée.", "La conferenza è bloccata."
    ),
    "conference-unlocked": Words(
        "The conference is open again.",
        "La conférence est à nouveau ouverte.",
        "La conferenza è di nuovo aperta.",
    ),
    "hand-raised": Words("Your hand is raised.", "Votre main est levée.", "La sua mano è alzata."),
    "hand-lowered": Words("Your hand is lowered.", "Votre main est baissée.", "La sua mano è abbassata."),
    "louder": Words("Louder.", "Plus fort.", "Più forte."),
    "quieter": Words("Quieter.", "Moins fort.", "Più piano."),
    "volume-limit": Words(
        "The volume can not be changed further.",
        "Le volume ne peut pas être changé davantage.",
        "Il volume non può essere cambiato oltre.",
    ),
    "last-removed": Words(
        "The last person to come has been removed.",
        "La dernière personne arrivée a été retirée.",
        "L'ultima persona arrivata è stata rimossa.",
    ),
    "nobody-to-remove": Words(
        "There is nobody to remove.", "Il n'y a personne à retirer.", "Non c'è nessuno da rimuovere."
    ),
    "administrators-only": Words(
        "Only the administrator can do that.",
        "Seul l'administrateur peut le faire.",
        "Solo l'amministratore può farlo.",
    ),
    "keys": Words(
        "To mute yourself or speak again, press star 1. To raise or lower your hand, star 3. To hear less or"
        " more loudly, star 4 or star 6. To be heard less or more loudly, star 7 or star 9. To hear who is"
        " there, star and hash.",
        "Pour couper votre micro ou parler à nouveau, tapez étoile 1. Pour lever ou baisser la main, étoile"
        " 3. Pour entendre moins ou plus fort, étoile 4 ou étoile 6. Pour être entendu moins ou plus fort,"
        " étoile 7 ou étoile 9. Pour savoir qui est là, étoile dièse.",
        "Per disattivare il microfono o parlare di nuovo, prema asterisco 1. Per alzare o abbassare la mano,"
        " asterisco 3. Per sentire più piano o più forte, asterisco 4 o asterisco 6. Per farsi sentire più"
        " piano o più forte, asterisco 7 o asterisco 9. Per sapere chi è presente, asterisco cancelletto.",
    ),
    "keys-of-administrator": Words(
        "To lock or open the conference, press star 2. To mute everybody else, star 5. To remove the last"
        " person to come, star 8.",
        "Pour verrouiller ou ouvrir la conférence, tapez étoile 2. Pour couper tous les autres micros,"
        " étoile 5. Pour retirer la dernière personne arrivée, étoile 8.",
        "Per bloccare o aprire la conferenza, prema asterisco 2. Per disattivare tutti gli altri microfoni,"
        " asterisco 5. Per rimuovere l'ultima persona arrivata, asterisco 8.",
    ),
    "keys-for-code": Words(
        "To run the conference, press star twice, then the administrator's code and the hash key.",
        "Pour diriger la conférence, tapez deux fois étoile, puis le code de l'administrateur et dièse.",
        "Per dirigere la conferenza, prema due volte asterisco, poi il codice dell'amministratore e"
        " cancelletto.",
    ),
    "key-unknown": Words(
        "That key does nothing. For help, press star zero.",
        "Cette touche n'a pas d'effet. Pour l'aide, tapez étoile zéro.",
        "Questo tasto non ha effetto. Per l'aiuto, prema asterisco zero.",
    ),
    "wait-in-lobby": Words(
        "Please wait. Somebody will let you in.",
        "Veuillez patienter. On va vous faire entrer.",
        "Attenda, per favore. Qualcuno la farà entrare.",
    ),
    "not-admitted": Words(
        "You were not admitted to the conference.",
        "Vous n'avez pas été admis à la conférence.",
        "Non è stato ammesso alla conferenza.",
    ),
    "locked-at-the-door": Words(
        "This conference is locked. Nobody else can come in.",
        "Cette conférence est verrouillée. Personne d'autre ne peut entrer.",
        "Questa conferenza è bloccata. Nessun altro può entrare.",
    ),
    "removed-for-now": Words(
        "You have been removed from this conference and can not come back now.",
        "Vous avez été retiré de cette conférence et ne pouvez pas y revenir maintenant.",
        "È stato rimosso da questa conferenza e ora non può rientrare.",
    ),
    "now-administrator": Words(
        "You are now the administrator of this conference.",
        "Vous êtes maintenant l'administrateur de cette conférence.",
        "Ora è lei l'amministratore di questa conferenza.",
    ),
    "conference-ends-soon": Words(
        "This conference will end in one minute.",
        "Cette conférence se terminera dans une minute.",
        "Questa conferenza terminerà tra un minuto.",
    ),
    "conference-time-over": Words(
        "The time of this conference is over.",
        "Le temps de cette conférence est écoulé.",
        "Il tempo di questa conferenza è scaduto.",
    ),
    "alone-too-long": Words(
        "Nobody else is here. Press any key to stay, or this call will end in one minute.",
        "Il n'y a personne d'autre. Appuyez sur une touche pour rester, sinon cet appel se terminera dans"
        " une minute.",
        "Non c'è nessun altro. Prema un tasto per restare, altrimenti la chiamata terminerà tra un minuto.",
    ),
    "alone-ended": Words("Nobody else came.", "Personne d'autre n'est venu.", "Non è venuto nessun altro."),
    "say-your-name": Words(
        "Please say your name after the tone, then press the hash key.",
        "Veuillez dire votre nom après le signal, puis appuyez sur la touche dièse.",
        "Dica il suo nome dopo il segnale, poi prema il tasto cancelletto.",
    ),
    "has-joined": Words("has joined.", "est arrivé.", "è arrivato."),
    "has-left": Words("has left.", "est parti.", "è uscito."),
    "people-before": Words("There are", "Il y a", "Ci sono"),
    "people-after": Words(
        "people in the conference.", "personnes dans la conférence.", "persone nella conferenza."
    ),
    "number-10": Words("ten", "dix", "dieci"),
    "number-11": Words("eleven", "onze", "undici"),
    "number-12": Words("twelve", "douze", "dodici"),
    "number-13": Words("thirteen", "treize", "tredici"),
    "number-14": Words("fourteen", "quatorze", "quattordici"),
    "number-15": Words("fifteen", "quinze", "quindici"),
    "number-16": Words("sixteen", "seize", "sedici"),
    "number-17": Words("seventeen", "dix-sept", "diciassette"),
    "number-18": Words("eighteen", "dix-huit", "diciotto"),
    "number-19": Words("nineteen", "dix-neuf", "diciannove"),
    "number-20": Words("twenty", "vingt", "venti"),
    "number-many": Words("more than twenty", "plus de vingt", "più di venti"),
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
    "is-unavailable": Words(
        "is not available.",
        "n'est pas disponible.",
        "non è disponibile.",
    ),
    "is-on-the-phone": Words(
        "is on another call.",
        "est déjà en communication.",
        "è impegnato in un'altra chiamata.",
    ),
    "part-extension": Words(
        "Extension",
        "Le poste",
        "L'interno",
    ),
    "leave-a-message": Words(
        "Please leave a message after the tone. When you have finished, hang up, or press the hash key.",
        "Veuillez laisser un message après le signal. Quand vous avez terminé, raccrochez ou appuyez "
        "sur la touche dièse.",
        "Lasci un messaggio dopo il segnale. Quando ha finito, riagganci oppure prema il tasto cancelletto.",
    ),
    "voicemail-full": Words(
        "This mailbox is full and takes no more messages.",
        "Cette boîte vocale est pleine et n'accepte plus de messages.",
        "Questa casella vocale è piena e non accetta altri messaggi.",
    ),
    "review-message": Words(
        "To send the message, press 1. To listen to it, press 2. To record it again, press 3.",
        "Pour envoyer le message, appuyez sur 1. Pour l'écouter, appuyez sur 2. Pour le "
        "réenregistrer, appuyez sur 3.",
        "Per inviare il messaggio, prema 1. Per ascoltarlo, prema 2. Per registrarlo di nuovo, prema 3.",
    ),
    "message-sent": Words(
        "Your message has been sent.",
        "Votre message a été envoyé.",
        "Il Suo messaggio è stato inviato.",
    ),
    "message-too-short": Words(
        "That was too short. Please speak after the tone.",
        "C'était trop court. Veuillez parler après le signal.",
        "Era troppo breve. Parli dopo il segnale.",
    ),
    "message-not-recorded": Words(
        "This can not be recorded at the moment: there is no space left for it.",
        "L'enregistrement est impossible pour le moment : il n'y a plus de place.",
        "Al momento non è possibile registrare: non c'è più spazio.",
    ),
    "enter-mailbox": Words(
        "Please enter the extension of the mailbox, then press the hash key.",
        "Veuillez composer le numéro de poste de la boîte vocale, puis appuyez sur la touche dièse.",
        "Inserisca l'interno della casella vocale, poi prema il tasto cancelletto.",
    ),
    "enter-pin": Words(
        "Please enter your PIN, then press the hash key.",
        "Veuillez composer votre code PIN, puis appuyez sur la touche dièse.",
        "Inserisca il Suo PIN, poi prema il tasto cancelletto.",
    ),
    "wrong-pin": Words(
        "That PIN does not open this mailbox.",
        "Ce code PIN n'ouvre pas cette boîte vocale.",
        "Questo PIN non apre la casella vocale.",
    ),
    "pins-refused": Words(
        "This mailbox is taking no PINs at the moment. Please call again later.",
        "Cette boîte vocale n'accepte aucun code PIN pour le moment. Veuillez rappeler plus tard.",
        "Questa casella vocale al momento non accetta PIN. La preghiamo di richiamare più tardi.",
    ),
    "mailbox-welcome": Words(
        "Welcome to your mailbox. It needs a PIN of its own first.",
        "Bienvenue dans votre boîte vocale. Elle a d'abord besoin d'un code PIN.",
        "Benvenuto nella Sua casella vocale. Per prima cosa serve un PIN.",
    ),
    "no-new-message": Words(
        "You have no new messages.",
        "Vous n'avez aucun nouveau message.",
        "Non ha nuovi messaggi.",
    ),
    "one-new-message": Words(
        "You have one new message.",
        "Vous avez un nouveau message.",
        "Ha un nuovo messaggio.",
    ),
    "new-messages": Words(
        "new messages.",
        "nouveaux messages.",
        "nuovi messaggi.",
    ),
    "one-old-message": Words(
        "You have one message that was heard.",
        "Vous avez un message déjà écouté.",
        "Ha un messaggio già ascoltato.",
    ),
    "old-messages": Words(
        "messages that were heard.",
        "messages déjà écoutés.",
        "messaggi già ascoltati.",
    ),
    "mailbox-menu": Words(
        "For new messages, press 1. For those that were heard, press 2. For greetings and your PIN, "
        "press 5. To end, press the hash key.",
        "Pour les nouveaux messages, appuyez sur 1. Pour les messages déjà écoutés, appuyez sur 2. "
        "Pour les annonces et votre code PIN, appuyez sur 5. Pour terminer, appuyez sur la touche "
        "dièse.",
        "Per i nuovi messaggi, prema 1. Per quelli già ascoltati, prema 2. Per gli annunci e il PIN, "
        "prema 5. Per terminare, prema il tasto cancelletto.",
    ),
    "message-from": Words(
        "Message from.",
        "Message de la part de.",
        "Messaggio da parte di.",
    ),
    "number-withheld": Words(
        "a withheld number.",
        "un numéro masqué.",
        "un numero nascosto.",
    ),
    "message-menu": Words(
        "To delete the message, press 7. To archive it, press 8. To keep it, press 9. To hear it "
        "again, press 1. To call back, press 0. For the one before, press star. For the next one, "
        "press the hash key.",
        "Pour supprimer le message, appuyez sur 7. Pour l'archiver, appuyez sur 8. Pour le conserver, "
        "appuyez sur 9. Pour le réécouter, appuyez sur 1. Pour rappeler, appuyez sur 0. Pour le "
        "précédent, appuyez sur étoile. Pour le suivant, appuyez sur dièse.",
        "Per eliminare il messaggio, prema 7. Per archiviarlo, prema 8. Per conservarlo, prema 9. Per "
        "riascoltarlo, prema 1. Per richiamare, prema 0. Per il precedente, prema asterisco. Per il "
        "successivo, prema cancelletto.",
    ),
    "message-deleted": Words(
        "Deleted.",
        "Supprimé.",
        "Eliminato.",
    ),
    "message-archived": Words(
        "Archived.",
        "Archivé.",
        "Archiviato.",
    ),
    "message-kept": Words(
        "Kept.",
        "Conservé.",
        "Conservato.",
    ),
    "no-more-messages": Words(
        "There are no more messages.",
        "Il n'y a pas d'autre message.",
        "Non ci sono altri messaggi.",
    ),
    "mailbox-settings": Words(
        "To record your greeting, press 1. To record your name, press 2. To change your PIN, press 3. "
        "To record what callers hear while you are on the phone, press 4. To go back, press star.",
        "Pour enregistrer votre annonce, appuyez sur 1. Pour enregistrer votre nom, appuyez sur 2. "
        "Pour changer votre code PIN, appuyez sur 3. Pour enregistrer l'annonce d'occupation, appuyez "
        "sur 4. Pour revenir, appuyez sur étoile.",
        "Per registrare il Suo annuncio, prema 1. Per registrare il Suo nome, prema 2. Per cambiare "
        "il PIN, prema 3. Per registrare l'annuncio di occupato, prema 4. Per tornare indietro, prema "
        "asterisco.",
    ),
    "new-pin": Words(
        "Please enter a new PIN of 4 to 8 digits, then press the hash key.",
        "Veuillez composer un nouveau code PIN de 4 à 8 chiffres, puis appuyez sur la touche dièse.",
        "Inserisca un nuovo PIN da 4 a 8 cifre, poi prema il tasto cancelletto.",
    ),
    "new-pin-again": Words(
        "Please enter it once more, then press the hash key.",
        "Veuillez le composer encore une fois, puis appuyez sur la touche dièse.",
        "Lo inserisca ancora una volta, poi prema il tasto cancelletto.",
    ),
    "pin-differs": Words(
        "The two are not the same.",
        "Les deux ne sont pas identiques.",
        "I due non coincidono.",
    ),
    "pin-weak": Words(
        "This PIN is guessed too easily, or has too few or too many digits.",
        "Ce code PIN est trop facile à deviner, trop court ou trop long.",
        "Questo PIN è troppo facile da indovinare, troppo corto o troppo lungo.",
    ),
    "pin-set": Words(
        "Your new PIN is set.",
        "Votre nouveau code PIN est enregistré.",
        "Il nuovo PIN è impostato.",
    ),
    "say-your-greeting": Words(
        "Please say your greeting after the tone, then press the hash key. To go on without one, "
        "press star now.",
        "Veuillez dire votre annonce après le signal, puis appuyez sur la touche dièse. Pour "
        "continuer sans annonce, appuyez sur étoile maintenant.",
        "Dica il Suo annuncio dopo il segnale, poi prema il tasto cancelletto. Per continuare senza, "
        "prema ora asterisco.",
    ),
    "review-greeting": Words(
        "To use this, press 1. To listen to it, press 2. To record it again, press 3. To leave "
        "everything as it was, press star.",
        "Pour l'utiliser, appuyez sur 1. Pour l'écouter, appuyez sur 2. Pour le réenregistrer, "
        "appuyez sur 3. Pour ne rien changer, appuyez sur étoile.",
        "Per usarlo, prema 1. Per ascoltarlo, prema 2. Per registrarlo di nuovo, prema 3. Per "
        "lasciare tutto com'era, prema asterisco.",
    ),
    "greeting-kept": Words(
        "This is what callers hear from now on.",
        "C'est ce que vos correspondants entendront désormais.",
        "È ciò che i chiamanti sentiranno d'ora in poi.",
    ),
}


def digit_keys(number: str) -> list[str]:
    """Return the keys that speak a number digit by digit; what is no digit is left out."""
    return [f"digit-{figure}" for figure in number if "0" <= figure <= "9"]
