import { useEffect, useId, useRef, useState } from 'react';
import { Room } from './skeleton.js';

type From =
  /** Where the mail is answered with a policy of its own, such as "/api/mailbox/42.html". */
  | { readonly src: string; readonly html?: undefined }
  /** The mail itself: a draft that is kept nowhere. */
  | { readonly html: string; readonly src?: undefined };

type FrameParts = From & {
  readonly title: string;
  readonly width?: 'desktop' | 'phone';
  /** dark: the mail's own dark style, or none; inverted: what programs do to mails without one. `src` has to know `look`. */
  readonly look?: 'light' | 'dark' | 'inverted';
  readonly height?: string;
};

/**
 * Foreign markup, in a frame without scripts and without our origin. A frame made from text (`srcdoc`, `blob:`) would
 * inherit the policy of this page, which forbids the inline styles that every mail is made of; so a draft is sent to the
 * server and comes back under a policy of its own.
 */
export function MailFrame({ src, html, title, width = 'desktop', look = 'light', height = '40rem' }: FrameParts) {
  return (
    <div className={`mail-frame ${width}`}>
      {src === undefined ? (
        <DraftFrame html={html} title={title} look={look} height={height} />
      ) : (
        <iframe
          key={src + look}
          title={title}
          src={withLook(src, look)}
          sandbox=""
          style={{ height }}
          referrerPolicy="no-referrer"
        />
      )}
    </div>
  );
}

function withLook(src: string, look: string): string {
  return look === 'light' ? src : `${src}${src.includes('?') ? '&' : '?'}look=${look}`;
}

type Draft = { readonly html: string; readonly title: string; readonly look: string; readonly height: string };

/** How long a draft rests before it is shown: nobody wants a picture for every letter. */
const restMs = 150;

function DraftFrame({ html, title, look, height }: Draft) {
  const name = `draft-${useId().replaceAll(/\W/g, '')}`;
  const form = useRef<HTMLFormElement>(null);
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const rest = setTimeout(() => form.current?.submit(), restMs);
    return () => clearTimeout(rest);
  }, [html, look]);
  return (
    <>
      <form ref={form} method="post" action={`/frames/mail?look=${look}`} target={name} hidden>
        <textarea name="html" value={html} readOnly aria-hidden="true" tabIndex={-1} />
      </form>
      {!isShown && <Room height={height} />}
      <iframe
        name={name}
        title={title}
        sandbox=""
        style={{ height: isShown ? height : 0 }}
        onLoad={() => setShown(true)}
      />
    </>
  );
}
