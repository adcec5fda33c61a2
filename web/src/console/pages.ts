/** The console's pages: address, menu entry, the right each needs. Each is loaded when it is opened. */
import {
  IconActivity,
  IconAddressBook,
  IconCalendarEvent,
  IconClipboardList,
  IconHash,
  IconHistory,
  IconHome,
  IconLifebuoy,
  IconListDetails,
  IconMicrophone,
  IconMusic,
  IconPhoneIncoming,
  IconPlugConnected,
  IconRecordMail,
  IconRouteAltLeft,
  IconServer2,
  IconShieldCheck,
  IconSubtask,
  IconTargetArrow,
  IconUserCircle,
  IconUsers,
  IconUsersGroup,
  IconUsersPlus,
  IconUserShield,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { withWords } from "../i18n";
import { type Loaded, loaded } from "../ui";
import type { Who } from "./session";

/** A page with the words of conferences. */
const withConference = (page: () => Promise<{ default: ComponentType }>) => loaded(() => withWords("conference", page));

/** A page with the words of the world outside, and those of what keeps something from being deleted. */
const withOutside = (page: () => Promise<{ default: ComponentType }>) =>
  loaded(() => withWords("conference", () => withWords("outside", page)));

/** A page with the words of lines to providers, of which problems tell. */
const withLines = (page: () => Promise<{ default: ComponentType }>) => loaded(() => withWords("outside", page));

/** A page with the words of customer records. */
const withRecords = (page: () => Promise<{ default: ComponentType }>) => loaded(() => withWords("records", page));

const loadBoard = () => import("../crm/BoardPage");

export interface PageEntry {
  /** Its name in the translations, `menu.<key>`. */
  key: string;
  address: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Any of these rights opens it; none: everybody. */
  rights: readonly string[];
  page: Loaded<object>;
  /** Not in the menu on the left. */
  hidden?: boolean;
  /** The heading it stands under in the menu, `menuGroup.<group>`. */
  group?: "records" | "configuration" | "activity" | "administration";
}

export const PAGES: readonly PageEntry[] = [
  { key: "home", address: "/", icon: IconHome, rights: [], page: withLines(() => import("./pages/Home")) },
  {
    key: "crm",
    address: "/records/crm",
    icon: IconTargetArrow,
    rights: ["records"],
    page: withRecords(loadBoard),
    group: "records",
  },
  {
    key: "project",
    address: "/records/project",
    icon: IconSubtask,
    rights: ["records"],
    page: withRecords(loadBoard),
    group: "records",
  },
  {
    key: "helpdesk",
    address: "/records/helpdesk",
    icon: IconLifebuoy,
    rights: ["records"],
    page: withRecords(loadBoard),
    group: "records",
  },
  {
    key: "record",
    address: "/records/:app/:record",
    icon: IconTargetArrow,
    rights: ["records"],
    page: withRecords(() => import("../crm/RecordPage")),
    hidden: true,
  },
  {
    key: "calendar",
    address: "/calendar",
    icon: IconCalendarEvent,
    rights: ["records"],
    page: withRecords(() => import("../crm/CalendarPage")),
    group: "records",
  },
  {
    key: "users",
    address: "/users",
    icon: IconUsers,
    rights: ["users"],
    page: withOutside(() => import("./pages/Users")),
    group: "configuration",
  },
  {
    key: "groups",
    address: "/groups",
    icon: IconUserShield,
    rights: ["users"],
    page: withOutside(() => import("./pages/Groups")),
    group: "configuration",
  },
  {
    key: "conferences",
    address: "/conferences",
    icon: IconUsersGroup,
    rights: ["conferences"],
    page: withConference(() => import("./pages/Conferences")),
    group: "configuration",
  },
  {
    key: "conferenceServer",
    address: "/conferences/server",
    icon: IconUsersGroup,
    rights: ["conferences"],
    page: withOutside(() => import("./pages/ConferenceServer")),
    hidden: true,
  },
  {
    key: "numbers",
    address: "/numbers",
    icon: IconPhoneIncoming,
    rights: ["numbers"],
    page: withOutside(() => import("./pages/Numbers")),
    group: "configuration",
  },
  {
    key: "ringGroups",
    address: "/ring-groups",
    icon: IconUsersPlus,
    rights: ["users"],
    page: withOutside(() => import("./pages/RingGroups")),
    group: "configuration",
  },
  {
    key: "voicemails",
    address: "/voicemails",
    icon: IconRecordMail,
    rights: ["users"],
    page: withOutside(() => import("./pages/Voicemails")),
    group: "configuration",
  },
  {
    key: "holdMusic",
    address: "/hold-music",
    icon: IconMusic,
    rights: ["settings"],
    page: withOutside(() => import("./pages/HoldMusic")),
    group: "configuration",
  },
  {
    key: "trunks",
    address: "/trunks",
    icon: IconRouteAltLeft,
    rights: ["trunks"],
    page: withOutside(() => import("./pages/Trunks")),
    group: "configuration",
  },
  {
    key: "extensions",
    address: "/extensions",
    icon: IconHash,
    rights: ["users", "conferences"],
    page: withConference(() => import("./pages/Extensions")),
    group: "configuration",
  },
  {
    key: "live",
    address: "/live",
    icon: IconActivity,
    rights: ["live", "live_conferences"],
    page: withLines(() => withWords("conference", () => import("./pages/Live"))),
    group: "activity",
  },
  {
    // Whoever runs a conference may look at it: the server decides.
    key: "room",
    address: "/live/:conference",
    icon: IconUsersGroup,
    rights: [],
    page: withConference(() => import("./pages/Room")),
    hidden: true,
  },
  {
    key: "callLog",
    address: "/calls",
    icon: IconListDetails,
    rights: ["call_log", "phone"],
    page: loaded(() => import("./pages/CallLog")),
    group: "activity",
  },
  {
    key: "meetings",
    address: "/meetings",
    icon: IconClipboardList,
    rights: ["conferences", "live_conferences", "phone"],
    page: withConference(() => import("./pages/Meetings")),
    group: "activity",
  },
  {
    key: "meeting",
    address: "/meetings/:meeting",
    icon: IconClipboardList,
    rights: ["conferences", "live_conferences", "phone"],
    page: withConference(() => import("./pages/Meeting")),
    hidden: true,
  },
  {
    key: "recordings",
    address: "/recordings",
    icon: IconMicrophone,
    rights: ["recordings"],
    page: withConference(() => import("./pages/Recordings")),
    group: "activity",
  },
  {
    key: "contacts",
    address: "/contacts",
    icon: IconAddressBook,
    rights: ["contacts"],
    page: loaded(() => import("./pages/Contacts")),
    group: "activity",
  },
  {
    key: "audit",
    address: "/audit",
    icon: IconShieldCheck,
    rights: ["audit"],
    page: loaded(() => import("./pages/Audit")),
    group: "administration",
  },
  {
    key: "history",
    address: "/history",
    icon: IconHistory,
    rights: ["apply"],
    page: loaded(() => import("./pages/History")),
    group: "administration",
  },
  {
    key: "integrations",
    address: "/integrations",
    icon: IconPlugConnected,
    rights: ["system"],
    page: loaded(() => withWords("integrations", () => import("./integrations/IntegrationsPage"))),
    group: "administration",
  },
  {
    key: "system",
    address: "/system",
    icon: IconServer2,
    rights: ["system", "settings"],
    page: withOutside(() => import("./pages/System")),
    group: "administration",
  },
  {
    key: "account",
    address: "/account",
    icon: IconUserCircle,
    rights: [],
    page: loaded(() => import("./pages/Account")),
    hidden: true,
  },
];

export function pagesFor(who: Who): PageEntry[] {
  return PAGES.filter((page) => page.rights.length === 0 || page.rights.some((right) => who.may(right)));
}

/** Whether an address belongs to a page of the menu: itself, or one below it. */
export function isUnder(location: string, address: string): boolean {
  return location === address || (address !== "/" && location.startsWith(`${address}/`));
}

/** Whether a location is a page's: `:name` in an address stands for any one part. */
export function isPage(address: string, location: string): boolean {
  const [pattern, parts] = [address.split("/"), location.split("/")];
  return pattern.length === parts.length && pattern.every((part, place) => part.startsWith(":") || part === parts[place]);
}
