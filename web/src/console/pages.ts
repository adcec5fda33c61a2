/** The console's pages: address, menu entry, the right each needs. Each is loaded when it is opened. */
import {
  IconActivity,
  IconAddressBook,
  IconHistory,
  IconHome,
  IconListDetails,
  IconServer2,
  IconShieldCheck,
  IconUserCircle,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";
import { type ComponentType, lazy } from "react";
import type { Who } from "./session";

export interface PageEntry {
  /** Its name in the translations, `menu.<key>`. */
  key: string;
  address: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Any of these rights opens it; none: everybody. */
  rights: readonly string[];
  page: ComponentType;
  /** Not in the menu on the left. */
  hidden?: boolean;
  /** A new group of the menu begins here. */
  group?: boolean;
}

export const PAGES: readonly PageEntry[] = [
  { key: "home", address: "/", icon: IconHome, rights: [], page: lazy(() => import("./pages/Home")) },
  { key: "users", address: "/users", icon: IconUsers, rights: ["users"], page: lazy(() => import("./pages/Users")) },
  {
    key: "conferences",
    address: "/conferences",
    icon: IconUsersGroup,
    rights: ["conferences"],
    page: lazy(() => import("./pages/Conferences")),
  },
  {
    key: "live",
    address: "/live",
    icon: IconActivity,
    rights: ["live", "live_conferences"],
    page: lazy(() => import("./pages/Live")),
    group: true,
  },
  {
    key: "callLog",
    address: "/calls",
    icon: IconListDetails,
    rights: ["call_log", "phone"],
    page: lazy(() => import("./pages/CallLog")),
  },
  {
    key: "contacts",
    address: "/contacts",
    icon: IconAddressBook,
    rights: ["contacts"],
    page: lazy(() => import("./pages/Contacts")),
  },
  {
    key: "audit",
    address: "/audit",
    icon: IconShieldCheck,
    rights: ["audit"],
    page: lazy(() => import("./pages/Audit")),
    group: true,
  },
  {
    key: "history",
    address: "/history",
    icon: IconHistory,
    rights: ["apply"],
    page: lazy(() => import("./pages/History")),
  },
  {
    key: "system",
    address: "/system",
    icon: IconServer2,
    rights: ["system", "settings"],
    page: lazy(() => import("./pages/System")),
  },
  {
    key: "account",
    address: "/account",
    icon: IconUserCircle,
    rights: [],
    page: lazy(() => import("./pages/Account")),
    hidden: true,
  },
];

export function pagesFor(who: Who): PageEntry[] {
  return PAGES.filter((page) => page.rights.length === 0 || page.rights.some((right) => who.may(right)));
}
