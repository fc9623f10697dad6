// Whether a table has a stream of its changes, and what that shows.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useConfirm } from "../../app/confirm.tsx";
import { useGo } from "../../app/navigate.ts";
import type { TableDescription } from "../../components/tables.ts";
import { Copied, Facts } from "../Facts.tsx";
import { Status } from "../Status.tsx";
import { useChange } from "../useChange.ts";
import type { StreamView } from "./draft.ts";
import { streamViews } from "./streamViews.ts";

export function StreamSettings({ table }: { table: TableDescription }) {
  const { TableName, StreamSpecification, LatestStreamArn } = table;
  const isOn = StreamSpecification?.StreamEnabled === true;
  const [view, setView] = useState<StreamView>("NEW_AND_OLD_IMAGES");
  const confirm = useConfirm();
  const go = useGo();
  const { change, isBusy } = useChange();
  const set = (specification: object, said: string) =>
    change("UpdateTable", { TableName, StreamSpecification: specification }, { said });
  const turnOff = async () => {
    const isSure = await confirm({
      title: `Turn off the stream of ${TableName}?`,
      body: "Changes are recorded no more. What was recorded can be read for a day. A new stream has another ARN.",
      action: "Turn off",
    });
    if (isSure) await set({ StreamEnabled: false }, "The stream is off.");
  };
  const shown = streamViews.find(({ value }) => value === StreamSpecification?.StreamViewType);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A stream has each change of an item as a record, in order, for a day."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {LatestStreamArn !== undefined && (
                <Button onClick={() => go("/streams", { stream: LatestStreamArn })}>Follow live</Button>
              )}
              {isOn && (
                <Button loading={isBusy} onClick={() => void turnOff()}>
                  Turn off
                </Button>
              )}
            </SpaceBetween>
          }
        >
          Stream
        </Header>
      }
    >
      {isOn ? (
        <Facts
          facts={[
            ["State", <Status key="state" value="ENABLED" />],
            ["Records show", shown?.label ?? StreamSpecification.StreamViewType],
            ["ARN", <Copied key="arn" text={LatestStreamArn ?? ""} label="Copy the ARN of the stream" />, true],
          ]}
        />
      ) : (
        <SpaceBetween size="m">
          <FormField label="Records show">
            <Select
              selectedOption={streamViews.find(({ value }) => value === view) ?? null}
              options={streamViews}
              onChange={({ detail }) => setView(detail.selectedOption.value as StreamView)}
            />
          </FormField>
          <Button
            variant="primary"
            loading={isBusy}
            onClick={() => void set({ StreamEnabled: true, StreamViewType: view }, "The stream is on.")}
          >
            Turn on
          </Button>
        </SpaceBetween>
      )}
    </Container>
  );
}
