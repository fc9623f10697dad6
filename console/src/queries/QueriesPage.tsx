// The query editor: several open queries, saved ones, history.

import { useCallback, useEffect, useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { call, type SavedQuery, type SavedQueryDraft } from "../api.ts";
import { useActions } from "../app/actions.tsx";
import { useConfirm } from "../app/confirm.tsx";
import { keep, kept } from "../app/kept.ts";
import { useNotify } from "../app/notify.tsx";
import { usePlace } from "../app/place.tsx";
import { useCaller } from "../app/session.tsx";
import { useLoad } from "../components/useLoad.ts";
import { model as loadModel } from "../model.ts";
import { EndpointDialog } from "./EndpointDialog.tsx";
import { clearHistory, useHistory, type Entry } from "./history.ts";
import { HistoryPanel, SavedPanel, type SavedAction } from "./Library.tsx";
import styles from "./queries.module.css";
import { SaveDialog, type Settings } from "./SaveDialog.tsx";
import { useQueries } from "./store.ts";
import { change, close, isSamePlace, newTab, open, placeOf, tabOf, type QueryTab } from "./tabs.ts";
import { TabStrip, type Panel } from "./TabStrip.tsx";
import type { MenuItem } from "./Toolbar.tsx";
import { Workspace } from "./Workspace.tsx";

type Dialog = "save" | "save-as" | "settings" | null;

export default function QueriesPage() {
  const { arn } = useCaller();
  const queries = useQueries(arn);
  const { tabs, update, wait, runOf, setRun } = queries;
  const place = usePlace();
  const { notify, fail } = useNotify();
  const confirm = useConfirm();
  const history = useHistory(arn);
  const model = useLoad("model", loadModel);
  const saved = useLoad("saved", (signal) => call("ListQueries", {}, signal));
  const [panel, setPanel] = usePanel();
  const [dialog, setDialog] = useState<Dialog>(null);
  const [endpointOf, setEndpointOf] = useState<string | null>(null);
  const tab = tabs.tabs.find(({ id }) => id === tabs.current) ?? tabs.tabs[0];
  useEffect(() => {
    document.title = "Queries · Pixii";
  }, []);
  const trouble = model.error ?? saved.error;
  useEffect(() => {
    if (trouble !== undefined) fail(trouble);
  }, [trouble, fail]);

  const show = useCallback(
    (next: QueryTab, runs: boolean) => {
      update((all) => open(all, next));
      if (runs) wait(next.id);
    },
    [update, wait],
  );
  const { choose } = place;
  const chosen = place.place;
  const openSaved = useCallback(
    (query: SavedQuery, runs: boolean) => {
      const there = tabs.tabs.find((each) => each.saved?.id === query.id && each.saved.version === query.version);
      const next = there ?? tabOf(query);
      if (there === undefined) update((all) => open(all, next));
      else update((all) => ({ ...all, current: there.id }));
      if (!isSamePlace(placeOf(query), chosen)) choose(placeOf(query));
      if (runs) wait(next.id);
    },
    [tabs.tabs, update, wait, choose, chosen],
  );
  useAddress(saved.value?.queries, show, openSaved);

  const save = async (of: QueryTab, name: string, settings: Settings, isNew: boolean) => {
    const { command, text, mode } = of;
    const draft: SavedQueryDraft = {
      ...(of.saved !== null && !isNew && { id: of.saved.id, version: of.saved.version }),
      name,
      connection: chosen.connection,
      region: chosen.region ?? null,
      command,
      text,
      mode,
      ...settings,
    };
    const { query } = await call("SaveQuery", draft);
    const now = { saved: { id: query.id, version: query.version }, name: query.name, isChanged: false };
    update((all) => change(all, of.id, { ...settings, ...now }));
    saved.reload();
    notify({ type: "success", content: `“${query.name}” is saved.` });
  };
  const saveNow = () => {
    if (tab === undefined) return;
    if (tab.saved === null) setDialog("save");
    else save(tab, tab.name ?? tab.command, tab, false).catch(fail);
  };
  const remove = async (query: { id: string; name: string }) => {
    const body = `“${query.name}” is deleted for everybody, and so is its endpoint.`;
    if (!(await confirm({ title: "Delete this query?", body, action: "Delete query" }))) return;
    await call("DeleteQuery", { id: query.id });
    update((all) => ({
      ...all,
      tabs: all.tabs.map((each) => (each.saved?.id === query.id ? { ...each, saved: null, isChanged: false } : each)),
    }));
    saved.reload();
  };
  const closeTab = async (id: string) => {
    const closing = tabs.tabs.find((each) => each.id === id);
    const question = {
      title: "Close without saving?",
      body: `“${closing?.name ?? ""}” has changes that are not saved.`,
      action: "Close",
    };
    if (closing?.isChanged === true && !(await confirm(question))) return;
    runOf(id)?.stop.abort();
    setRun(id, null);
    update((all) => close(all, id));
  };
  const onMenu = (item: MenuItem) => {
    if (tab === undefined) return;
    if (item === "duplicate")
      show(newTab({ ...tab, id: newTab().id, saved: null, name: null, isChanged: false }), false);
    else if (item === "endpoint") setEndpointOf(tab.saved?.id ?? null);
    else if (item === "delete" && tab.saved) remove({ id: tab.saved.id, name: tab.name ?? "" }).catch(fail);
    else if (item === "close") void closeTab(tab.id);
    else if (item === "settings" || item === "save-as") setDialog(item);
  };
  const onSaved = (query: SavedQuery, action: SavedAction) => {
    if (action === "open" || action === "run") openSaved(query, action === "run");
    else if (action === "delete") remove(query).catch(fail);
    else if (action === "endpoint") setEndpointOf(query.id);
    else show({ ...tabOf(query), saved: null, name: null }, false);
  };
  const onHistory = (entry: Entry, runs: boolean) => {
    const { command, text, mode } = entry;
    show(newTab({ command, text, mode, template: null, runsAt: entry.place }), runs);
    if (JSON.stringify(entry.place) !== JSON.stringify(chosen)) choose(entry.place);
  };

  usePageActions(show, setPanel);
  const endpointQuery = saved.value?.queries.find(({ id }) => id === endpointOf);
  if (tab === undefined) return null;
  return (
    <div className={styles["page"]}>
      <h1 className="pixii-unseen">Queries</h1>
      <TabStrip
        tabs={tabs}
        panel={panel}
        onSelect={(id) => update((all) => ({ ...all, current: id }))}
        onClose={(id) => void closeTab(id)}
        onNew={() => show(newTab(), false)}
        onPanel={setPanel}
      />
      <div className={styles["body"]}>
        {panel === "saved" && (
          <SavedPanel
            queries={saved.value?.queries}
            currentId={tab.saved?.id}
            onAction={onSaved}
            onClose={() => setPanel(null)}
          />
        )}
        {panel === "history" && (
          <HistoryPanel
            entries={history}
            nameOf={(id) => place.connections.find((connection) => connection.id === id)?.name ?? id}
            onOpen={onHistory}
            onClear={() => clearHistory(arn)}
            onClose={() => setPanel(null)}
          />
        )}
        <div role="tabpanel" id="query-panel" aria-labelledby={`query-tab-${tab.id}`} className={styles["workspace"]}>
          <Workspace key={tab.id} queries={queries} tab={tab} model={model.value} onSave={saveNow} onMenu={onMenu} />
        </div>
      </div>
      {dialog !== null && (
        <SaveDialog
          tab={tab}
          saves={dialog !== "settings"}
          onClose={() => setDialog(null)}
          onDone={async (name, settings) => {
            if (dialog === "settings") update((all) => change(all, tab.id, settings));
            else await save(tab, name, settings, dialog === "save-as");
          }}
        />
      )}
      {endpointQuery && (
        <EndpointDialog query={endpointQuery} onClose={() => setEndpointOf(null)} onChanged={() => saved.reload()} />
      )}
    </div>
  );
}

const PANEL = "queries-panel";

function usePanel(): [Panel, (panel: Panel) => void] {
  const [panel, setPanel] = useState<Panel>(() => (kept(PANEL) as Panel | undefined) ?? null);
  const set = useCallback((next: Panel) => {
    setPanel(next);
    keep(PANEL, next ?? undefined);
  }, []);
  return [panel, set];
}

/** Opens what the address asks for, once, and takes it out of the address. */
function useAddress(
  saved: SavedQuery[] | undefined,
  show: (tab: QueryTab, runs: boolean) => void,
  openSaved: (query: SavedQuery, runs: boolean) => void,
) {
  const search = useSearch();
  const [, navigate] = useLocation();
  const { fail } = useNotify();
  useEffect(() => {
    const asked = new URLSearchParams(search);
    const id = asked.get("saved");
    const command = asked.get("command");
    if (id !== null) {
      if (saved === undefined) return;
      navigate("/queries", { replace: true });
      const query = saved.find((each) => each.id === id);
      if (query === undefined) fail(new Error("There is no such saved query."));
      else openSaved(query, false);
      return;
    }
    if (command === null) return;
    navigate("/queries", { replace: true });
    const text = asked.get("text");
    const table = asked.get("table");
    show(newTab({ command, table, ...(text !== null && { text, template: null }) }), false);
  }, [search, saved, show, openSaved, navigate, fail]);
}

function usePageActions(show: (tab: QueryTab, runs: boolean) => void, onPanel: (panel: Panel) => void) {
  useActions(
    useMemo(
      () => [
        { id: "queries/new", group: "Queries", title: "New query", run: () => show(newTab(), false) },
        { id: "queries/saved", group: "Queries", title: "Show saved queries", run: () => onPanel("saved") },
        { id: "queries/history", group: "Queries", title: "Show history", run: () => onPanel("history") },
      ],
      [show, onPanel],
    ),
  );
}
