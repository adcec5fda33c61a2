/** The phone for the console's pages: provider, icon, bar of the running call, numbers that call. */
import "./phone.css";
import "./conference.css";
import "./moving.css";
import "./activities.css";

export { CallBar } from "./CallBar";
export { Callable } from "./Callable";
export { PhoneButton } from "./PhoneButton";
export { usePhone } from "./PhoneContext";
export { PhoneProvider } from "./PhoneProvider";
