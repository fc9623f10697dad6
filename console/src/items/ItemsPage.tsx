import { PageFrame } from "../components/PageFrame.tsx";

export default function ItemsPage() {
  return <PageFrame title="Items">{null}</PageFrame>;
}
