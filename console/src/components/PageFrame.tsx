import Header from "@cloudscape-design/components/header";
import { useEffect, type ReactNode } from "react";
import styles from "./PageFrame.module.css";

/** What every page is in: its title (the page's one `h1`), what can be done there, and the content. */
export function PageFrame({
  title,
  description,
  actions,
  counter,
  isWide = false,
  children,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  counter?: string;
  /** Uses the whole width: for grids and editors. Otherwise lines stay readable. */
  isWide?: boolean;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Pixii`;
  }, [title]);
  return (
    <div className={isWide ? styles["wide"] : styles["page"]}>
      <div className={styles["header"]}>
        <Header variant="h1" description={description} actions={actions} {...(counter !== undefined && { counter })}>
          {title}
        </Header>
      </div>
      {children}
    </div>
  );
}
