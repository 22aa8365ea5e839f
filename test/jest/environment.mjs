import { TestEnvironment } from 'jest-environment-node';

// A worker that has ended its event loop still frees its heap, with one context for each spec. On a busy machine this takes
// longer than the half second after which Jest kills a worker and reports a leak. A worker with open handles gets no `exit`
// event, and is still reported.
process.once('exit', (code) => {
  if (process.send !== undefined) process.reallyExit(code);
});

export default TestEnvironment;
