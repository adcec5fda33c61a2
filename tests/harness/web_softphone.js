// What the page of tests/harness/web_softphone.py runs: one account by JsSIP or SIP.js, calls answered at once.
import JsSIP from "jssip";
import * as SIP from "sip.js";

const CONSTRAINTS = {
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  video: false,
};

function playing(connection) {
  connection.addEventListener("track", (event) => {
    const audio = new Audio();
    audio.srcObject = new MediaStream([event.track]);
    void audio.play();
  });
}

function jssip({ websocket, domain, user, secret }) {
  const phone = { state: "starting", session: null };
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(websocket)],
    uri: `sip:${user}@${domain}`,
    password: secret,
    session_timers: false,
  });
  const follow = (session) => {
    phone.session = session;
    if (session.connection) playing(session.connection);
    session.on("peerconnection", ({ peerconnection }) => playing(peerconnection));
    session.on("icecandidate", (event) => event.ready());
    session.on("confirmed", () => (phone.state = "answered"));
    session.on("ended", () => (phone.state = "ended"));
    session.on("failed", () => (phone.state = "ended"));
  };
  agent.on("newRTCSession", ({ originator, session }) => {
    follow(session);
    if (originator !== "remote") return;
    phone.state = "ringing";
    setTimeout(() => session.answer({ mediaConstraints: CONSTRAINTS }), 300);
  });
  phone.start = () =>
    new Promise((resolve, reject) => {
      agent.on("registered", () => resolve((phone.state = "registered")));
      agent.on("registrationFailed", ({ cause }) => reject(new Error(`not registered: ${cause}`)));
      agent.start();
    });
  phone.call = (target) =>
    new Promise((resolve, reject) => {
      agent.call(`sip:${target}@${domain}`, {
        mediaConstraints: CONSTRAINTS,
        eventHandlers: {
          confirmed: () => resolve(),
          failed: ({ cause }) => reject(new Error(`call failed: ${cause}`)),
        },
      });
    });
  phone.digit = (digit, method) =>
    phone.session.sendDTMF(digit, {
      transportType: method === "rtp" ? JsSIP.C.DTMF_TRANSPORT.RFC2833 : JsSIP.C.DTMF_TRANSPORT.INFO,
    });
  phone.hold = (held) => (held ? phone.session.hold() : phone.session.unhold());
  phone.hangUp = () => phone.session.terminate();
  return phone;
}

function sipjs({ websocket, domain, user, secret }) {
  const phone = { state: "starting" };
  let session = null;
  const follow = (made) => {
    session = made;
    made.stateChange.addListener((state) => {
      if (state === SIP.SessionState.Established) phone.state = "answered";
      if (state === SIP.SessionState.Terminated) phone.state = "ended";
    });
    made.delegate = {
      onSessionDescriptionHandler: (handler) => playing(handler.peerConnection),
    };
  };
  const agent = new SIP.UserAgent({
    uri: SIP.UserAgent.makeURI(`sip:${user}@${domain}`),
    transportOptions: { server: websocket },
    authorizationUsername: user,
    authorizationPassword: secret,
    logLevel: "error",
    sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout: 500 },
    delegate: {
      onInvite(invitation) {
        follow(invitation);
        phone.state = "ringing";
        setTimeout(
          () => void invitation.accept({ sessionDescriptionHandlerOptions: { constraints: CONSTRAINTS } }),
          300,
        );
      },
    },
  });
  phone.start = async () => {
    await agent.start();
    const registerer = new SIP.Registerer(agent);
    await new Promise((resolve, reject) => {
      registerer.stateChange.addListener((state) => {
        if (state === SIP.RegistererState.Registered) resolve();
      });
      registerer.register({
        requestDelegate: { onReject: ({ message }) => reject(new Error(`not registered: ${message.statusCode}`)) },
      });
    });
    phone.state = "registered";
  };
  phone.call = async (target) => {
    const inviter = new SIP.Inviter(agent, SIP.UserAgent.makeURI(`sip:${target}@${domain}`), {
      sessionDescriptionHandlerOptions: { constraints: CONSTRAINTS },
    });
    follow(inviter);
    await new Promise((resolve, reject) => {
      inviter.stateChange.addListener((state) => {
        if (state === SIP.SessionState.Established) resolve();
      });
      inviter.invite({
        requestDelegate: { onReject: ({ message }) => reject(new Error(`call failed: ${message.statusCode}`)) },
      });
    });
  };
  phone.digit = (digit, method) => {
    if (method === "rtp") return session.sessionDescriptionHandler.sendDtmf(digit);
    const content = `Signal=${digit}\r\nDuration=160`;
    const body = { contentDisposition: "render", contentType: "application/dtmf-relay", content };
    return session.info({ requestOptions: { body } });
  };
  phone.hold = (held) => {
    session.sessionDescriptionHandlerOptionsReInvite = { ...session.sessionDescriptionHandlerOptionsReInvite, hold: held };
    return session.invite();
  };
  phone.hangUp = () => session.bye();
  return phone;
}

window.softphone = {
  state: "starting",
  async start(account) {
    const phone = account.library === "jssip" ? jssip(account) : sipjs(account);
    window.softphone = phone;
    await phone.start();
  },
};
