/** The views of activities, fetched when the first of them is drawn. */
import { lazy } from "react";
import { again } from "../../../ui/again";

const views = () => again(() => import("./index"));

export const ActivitiesTab = lazy(async () => ({ default: (await views()).ActivitiesTab }));
export const ActivityScreen = lazy(async () => ({ default: (await views()).ActivityScreen }));
export const AfterCall = lazy(async () => ({ default: (await views()).AfterCall }));
export const CallAbout = lazy(async () => ({ default: (await views()).CallAbout }));
