/** What tests import as "@jest/globals": the functions of the runner, which knows no time limits, with limits. */
const { describe, expect } = globalThis;
const usualMs = 60_000;
/** By the file that asked for another one. */
const limits = new Map();

const jest = {
  ...globalThis.jest,
  setTimeout: (ms) => void limits.set(expect.getState().testPath, ms),
};

/** The same, which fails when it takes too long: what hangs would hold up all that come after it. */
function limited(body, ms = limits.get(expect.getState().testPath) ?? usualMs) {
  if (typeof body !== 'function') throw new Error('a test and a hook are functions');
  return async (...given) => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It was not done after ${ms} ms.`)), ms);
    });
    try {
      return await Promise.race([body(...given), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

const limitedTest = (own) =>
  Object.assign((name, body, ms) => own(name, limited(body, ms)), {
    each:
      (...table) =>
      (name, body, ms) =>
        own.each(...table)(name, limited(body, ms)),
  });
const test = Object.assign(limitedTest(globalThis.test), {
  only: limitedTest(globalThis.test.only),
  skip: globalThis.test.skip,
});
const hook = (own) => (body, ms) => own(limited(body, ms));
const beforeAll = hook(globalThis.beforeAll);
const beforeEach = hook(globalThis.beforeEach);
const afterEach = hook(globalThis.afterEach);
const afterAll = hook(globalThis.afterAll);

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test };
