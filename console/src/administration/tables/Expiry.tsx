// Time to live: the attribute that says when an item goes.

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { send } from "../../api.ts";
import { useConfirm } from "../../app/confirm.tsx";
import { placeKey, usePlace } from "../../app/place.tsx";
import { ErrorBox } from "../../components/ErrorBox.tsx";
import type { TableDescription } from "../../components/tables.ts";
import { useLoad } from "../../components/useLoad.ts";
import { Facts } from "../Facts.tsx";
import { isPassing, Status } from "../Status.tsx";
import { useChange } from "../useChange.ts";
import { useWhile } from "../useWhile.ts";

interface Described {
  TimeToLiveStatus: string;
  AttributeName?: string;
}

export function Expiry({ table: { TableName } }: { table: TableDescription }) {
  const { place } = usePlace();
  const confirm = useConfirm();
  const { change, isBusy } = useChange();
  const { value, error, reload } = useLoad(`${placeKey(place)} ${TableName} expiry`, async (signal) => {
    const reply = await send(place, "DescribeTimeToLive", { TableName }, { signal });
    return reply["TimeToLiveDescription"] as Described;
  });
  const [attribute, setAttribute] = useState("");
  const [wasTried, setWasTried] = useState(false);
  useWhile(isPassing(value?.TimeToLiveStatus), 2000, reload);
  const isOn = value?.TimeToLiveStatus === "ENABLED" || value?.TimeToLiveStatus === "ENABLING";
  const set = async (AttributeName: string, Enabled: boolean, said: string) => {
    const request = { TableName, TimeToLiveSpecification: { AttributeName, Enabled } };
    if ((await change("UpdateTimeToLive", request, { said })) !== undefined) reload();
  };
  const turnOn = () => {
    setWasTried(true);
    if (attribute !== "") void set(attribute, true, "Items expire from now on.");
  };
  const turnOff = async () => {
    const body = "Items that are not gone yet stay.";
    if (await confirm({ title: "Turn off expiry?", body, action: "Turn off" })) {
      await set(value?.AttributeName ?? "", false, "Items expire no more.");
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Items go by themselves when the time in an attribute has passed: a number, in seconds since 1970."
          actions={
            isOn && (
              <Button loading={isBusy} onClick={() => void turnOff()}>
                Turn off
              </Button>
            )
          }
        >
          Time to live
        </Header>
      }
    >
      {error !== undefined ? (
        <ErrorBox error={error} again={reload} />
      ) : value === undefined ? (
        <Status value={undefined} />
      ) : isOn ? (
        <Facts
          facts={[
            ["State", <Status key="state" value={value.TimeToLiveStatus} />],
            ["Attribute", <code key="attribute">{value.AttributeName}</code>],
          ]}
        />
      ) : (
        <SpaceBetween size="m">
          <FormField
            label="Attribute with the time"
            errorText={wasTried && attribute === "" ? "Enter the attribute's name." : undefined}
          >
            <Input
              value={attribute}
              placeholder="expires"
              spellcheck={false}
              onChange={({ detail }) => setAttribute(detail.value)}
            />
          </FormField>
          <Button loading={isBusy} onClick={turnOn}>
            Turn on
          </Button>
        </SpaceBetween>
      )}
    </Container>
  );
}
