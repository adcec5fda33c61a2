/** One of the other systems of a card: what it is, and what can be done with it, beside it or below. */
import type { ReactNode } from "react";
import styles from "./Entry.module.css";

export function Entry({ acts, children }: { acts: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.entry}>
      <div className={styles.about}>{children}</div>
      <div className={styles.acts}>{acts}</div>
    </div>
  );
}
