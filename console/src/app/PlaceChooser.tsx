// Connection, Region and, on an open server, account.

import Autosuggest from "@cloudscape-design/components/autosuggest";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Icon from "@cloudscape-design/components/icon";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Connection, Place } from "../api.ts";
import { usePlace } from "./place.tsx";
import { isRegion, regions } from "./regions.ts";
import { useCaller, useSession } from "./session.tsx";

export function PlaceChooser() {
  const { connection, region, place } = usePlace();
  const [isOpen, setIsOpen] = useState(false);
  const account = place.account === undefined ? "" : ` · ${place.account}`;
  return (
    <>
      <button type="button" className="pixii-place" onClick={() => setIsOpen(true)}>
        <span className={connection.kind === "local" ? "pixii-dot" : "pixii-dot pixii-dot-remote"} aria-hidden="true" />
        <span className="pixii-unseen">Connection: </span>
        <span className="pixii-place-name">{connection.name}</span>
        <span className="pixii-unseen">, Region </span>
        <span className="pixii-place-region">
          {region}
          {account}
        </span>
        {connection.isReadOnly && <Icon name="lock-private" size="small" ariaLabel="read-only" />}
        <Icon name="caret-down-filled" size="small" />
      </button>
      {isOpen && <Chooser onClose={() => setIsOpen(false)} />}
    </>
  );
}

function Chooser({ onClose }: { onClose: () => void }) {
  const now = usePlace();
  const { session } = useSession();
  const caller = useCaller();
  const [connection, setConnection] = useState<Connection>(now.connection);
  const [region, setRegion] = useState(now.region);
  const [account, setAccount] = useState(now.place.account ?? caller.account);
  const hasAccount = session.isOpen && connection.kind === "local";
  const regionFault = isRegion(region) ? undefined : "A Region's name has lower-case letters, digits and hyphens.";
  const accountFault = !hasAccount || /^\d{12}$/.test(account) ? undefined : "An account has 12 digits.";
  const isReady = regionFault === undefined && accountFault === undefined;

  const choose = () => {
    if (!isReady) return;
    const place: Place = { connection: connection.id };
    if (region !== connection.region) place.region = region;
    if (hasAccount && account !== caller.account) place.account = account;
    now.choose(place);
    onClose();
  };
  const option = ({ id, name, endpoint, isReadOnly }: Connection) => ({
    value: id,
    label: name,
    description: endpoint ?? "",
    ...(isReadOnly && { labelTag: "read-only" }),
  });
  return (
    <Modal
      visible
      size="small"
      header="Where to ask"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!isReady} onClick={choose}>
              Use it
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Connection">
          <Select
            selectedOption={option(connection)}
            options={now.connections.map(option)}
            filteringType={now.connections.length > 7 ? "auto" : "none"}
            onChange={({ detail }) => {
              const chosen = now.connections.find(({ id }) => id === detail.selectedOption.value);
              if (chosen === undefined) return;
              setConnection(chosen);
              setRegion(chosen.region);
            }}
          />
        </FormField>
        <FormField label="Region" errorText={regionFault}>
          <Autosuggest
            value={region}
            options={regions.map(([value, description]) => ({ value, description }))}
            enteredTextLabel={(text) => `Use “${text}”`}
            onChange={({ detail }) => setRegion(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === "Enter") choose();
            }}
          />
        </FormField>
        {hasAccount && (
          <FormField
            label="Account"
            description="This server checks no signatures, so any account can be asked."
            errorText={accountFault}
          >
            <Input value={account} inputMode="numeric" onChange={({ detail }) => setAccount(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
