import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

/** Keeps a fault of one page from taking the others with it. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // A page's code that is gone: the server is a newer one than this page.
    const isStale = /dynamically imported module|Importing a module script/i.test(error.message);
    return (
      <div className="pixii-failed" role="alert">
        <Alert
          type="error"
          header={isStale ? "Pixii was updated" : "This page failed"}
          action={
            isStale ? (
              <Button onClick={() => window.location.reload()}>Reload</Button>
            ) : (
              <Button onClick={() => this.setState({ error: null })}>Try again</Button>
            )
          }
        >
          {isStale ? "Reload to use the newer version." : error.message}
        </Alert>
      </div>
    );
  }
}
