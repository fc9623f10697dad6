import { PageFrame } from "../components/PageFrame.tsx";

export default function ConnectionsPage() {
  return <PageFrame title="Connections">{null}</PageFrame>;
}
