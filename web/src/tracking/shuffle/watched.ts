import { WatchedShuffles } from "./WatchedShuffles.ts";

export const watched = new WatchedShuffles(sessionStorage);
