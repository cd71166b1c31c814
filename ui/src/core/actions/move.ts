/** Small steps of the camera: by keys, and for hands that cannot drag (WCAG 2.5.7). */
import { NUDGES, type Nudge } from "../nudges";
import { group, offline, stageless, unless, type Row } from "./row";

const rows = Object.entries<Nudge>(NUDGES).map(([id, { title, keys, command, x, y }]): [string, Row] => [
  id,
  { title, keys, repeats: true, why: unless(offline, stageless), run: ({ client, page }) => client.hands.nudge(command, x, y, page.now()) },
]);

export const MOVE = group("Move", Object.fromEntries(rows) as Record<keyof typeof NUDGES, Row>);
