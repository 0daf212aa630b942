/** The pages' one script: loads the page anew when what it shows has been read anew. Everything else works without. */
export const reloadScript = `
const page = document.documentElement;
const changes = new EventSource('/changes');
changes.onmessage = ({ data }) => { page.dataset.live = 'on'; if (data !== page.dataset.version) location.reload(); };
changes.onerror = () => { page.dataset.live = 'ended'; };
`;
