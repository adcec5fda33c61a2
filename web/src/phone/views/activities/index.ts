/** Next activities and what a call is about; loaded when it is needed (lazy.ts). */
export { ActivitiesTab } from "./ActivitiesTab";
export { ActivityScreen } from "./ActivityScreens";
export { AfterCall } from "./AfterCall";
export { CallAbout } from "./CallAbout";
