import { Empty } from '../parts/empty.js';
import { Page } from '../parts/page.js';

export default function Editor() {
  return (
    <Page title="Editor">
      <Empty title="This page is not built yet">What it will show can be asked of the API and of the commands by now.</Empty>
    </Page>
  );
}
