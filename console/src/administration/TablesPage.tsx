import { PageFrame } from "../components/PageFrame.tsx";

export default function TablesPage() {
  return <PageFrame title="Tables">{null}</PageFrame>;
}
