import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { describe } from "../api.ts";

/** An error in place of what could not be loaded or done. */
export function ErrorBox({ error, again }: { error: unknown; again?: () => void }) {
  const { title, message } = describe(error);
  return (
    <div role="alert">
      <Alert type="error" header={title} action={again && <Button onClick={again}>Try again</Button>}>
        {message}
      </Alert>
    </div>
  );
}
