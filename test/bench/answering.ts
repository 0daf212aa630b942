import * as z from 'zod';

const Question = z.object({ id: z.number(), what: z.string(), detail: z.unknown().optional() });

/** What a child of the bench can be asked, by name. */
export type Answers = Readonly<Record<string, (detail: unknown) => unknown>>;

/** Makes this process answer its parent's questions, as `startChild` asks them, until the parent is gone. */
export function answerParent(answers: Answers): void {
  const answer = async (message: unknown): Promise<void> => {
    const { id, what, detail } = Question.parse(message);
    try {
      const value: unknown = await answers[what]?.(detail);
      process.send?.({ id, value });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (message) => void answer(message));
  // Whoever asked is gone, perhaps killed: nobody needs this process any more.
  process.on('disconnect', () => process.exit());
}
