import { describe, expect, it } from '@jest/globals';
import { endFrame, eventFrame, gapFrame, HEARTBEAT, placeFrame, retryFrame } from './frames.js';

const ID = '01948432-9d6b-7a10-9b2c-3d4e5f607182';

describe('A frame', () => {
  it('has the id, the type and the body of an event', () => {
    expect(eventFrame(ID, 'extraction.completed', '{"a":1}')).toBe(
      `id: ${ID}\nevent: extraction.completed\ndata: {"a":1}\n\n`,
    );
  });

  it.each(['\n', '\r\n', '\r'])('has a line of data for each line of a body with %j', (lineBreak) => {
    const frame = eventFrame(ID, 'a.b', `{${lineBreak}"a": ": x"${lineBreak}}`);
    expect(frame).toBe(`id: ${ID}\nevent: a.b\ndata: {\ndata: "a": ": x"\ndata: }\n\n`);
  });

  it('ends with an empty line and has no id when it is no event', () => {
    for (const frame of [HEARTBEAT, retryFrame(2_000.4), endFrame('slow-reader'), endFrame('shutdown')]) {
      expect(frame).toMatch(/[^\n]\n\n$/);
      expect(frame).not.toMatch(/^id:/m);
    }
    for (const frame of [endFrame('shutdown', 'ko'), gapFrame('ko')])
      expect(frame).toMatch(/^(event: error\ndata|): .*[가-힣]+.*\n\n$/);
    expect(endFrame('shutdown', 'ko')).toContain('"code":"SERVICE_UNAVAILABLE"');
    expect(placeFrame(ID)).toBe(`id: ${ID}\n\n`);
    expect(retryFrame(2_000.4)).toBe('retry: 2000\n\n');
  });
});
