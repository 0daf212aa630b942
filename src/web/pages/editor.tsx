import { FilePlus } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { PageProps } from '../app/pages.js';
import type { Told } from '../data/call.js';
import { useRead } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Button } from '../parts/button.js';
import { Note } from '../parts/note.js';
import { Page } from '../parts/page.js';
import { Room } from '../parts/skeleton.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { useDrafts } from './editor-drafts.js';
import { Workbench } from './editor-workbench.js';
import { NewDialog } from './editor-new.js';
import { NoFile } from './editor-side.js';
import { FileTree } from './editor-tree.js';
import './editor.css';

/** The project's files, written in the browser: checked, drawn and shown as one writes, and saved to disk. */
export default function Editor({ params }: PageProps) {
  // Without a file the address has one word, which is the page's own.
  const path = params['*']?.includes('/') ? params['*'] : '';
  const [isMaking, setMaking] = useState(false);
  const drafts = useDrafts();
  const project = useRead('GET /api/project', undefined, { every: 5000 });
  const files = useRead('GET /api/files', undefined, { every: 5000, keep: true });
  const mayWrite = useMay('sequences:write');
  const isEditable = mayWrite && project.data?.isEditable === true;
  const taken = [...(files.data?.items ?? []).map((file) => file.path), ...Object.keys(drafts)];
  useWarning(Object.keys(drafts).length > 0);
  return (
    <Page
      title={path ? `${path} · Editor` : 'Editor'}
      heading="Editor"
      actions={
        isEditable && (
          <Button icon={FilePlus} onClick={() => setMaking(true)}>
            New file
          </Button>
        )
      }
    >
      <TroubleNote title="The files cannot be shown" trouble={files.trouble ?? project.trouble} again={files.again} />
      {project.data && !isEditable && <WhyNot mayWrite={mayWrite} />}
      {project.data && <Standing troubles={project.data.troubles} />}
      <div className="editor">
        {files.data ? <FileTree files={files.data.items} drafts={drafts} path={path} /> : <Room height="24rem" />}
        {path ? (
          <Workbench key={path} path={path} isEditable={isEditable} />
        ) : (
          <NoFile onNew={() => setMaking(true)} isEditable={isEditable} />
        )}
      </div>
      <NewDialog isOpen={isMaking} close={() => setMaking(false)} taken={taken} />
    </Page>
  );
}

function WhyNot({ mayWrite }: { readonly mayWrite: boolean }) {
  return mayWrite ? (
    <Note title="Files can be looked at here, and changed on disk">
      Editing in the browser is off. Whoever runs Rivulet turns it on with the setting <code>EDIT=1</code>. You can try
      changes here all the same: they are checked and shown, and not saved.
    </Note>
  ) : (
    <Note title="You can look at the files">
      To change them takes the right <code>sequences:write</code>; an admin gives it. What you try here is checked and
      shown, and not saved.
    </Note>
  );
}

type Trouble = Told<'GET /api/project'>['troubles'][number];

/** Files as saved that are not in force. */
function Standing({ troubles }: { readonly troubles: readonly Trouble[] }) {
  const mistakes = troubles.filter(({ severity }) => severity === 'error');
  if (mistakes.length === 0) return null;
  const files = [...new Set(mistakes.map(({ file }) => file))];
  return (
    <Note tone="warn" title="The files as they are saved are not in force">
      There are mistakes in {files.join(', ')}. What ran before goes on until they are mended.
    </Note>
  );
}

/** Asked before a tab with drafts in it is closed for good; loading it anew loses nothing. */
function useWarning(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isUnsaved]);
}
