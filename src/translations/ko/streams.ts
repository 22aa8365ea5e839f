import type { Catalogue } from '../phrase.js';

/** Messages of event streams. */
export const STREAMS: Catalogue = {
  'The stream was read too slowly. Connect again with Last-Event-ID: it goes on after the last event.':
    '스트림을 읽는 속도가 너무 느립니다. Last-Event-ID와 함께 다시 연결하십시오. 마지막 이벤트 다음부터 이어집니다.',
  'The credentials of this stream are not valid any more.': '이 스트림의 인증 정보가 더 이상 유효하지 않습니다.',
  'This process stops. Connect again with Last-Event-ID: the stream goes on after the last event.':
    '프로세스가 종료됩니다. Last-Event-ID와 함께 다시 연결하십시오. 스트림이 마지막 이벤트 다음부터 이어집니다.',
  'events after Last-Event-ID may be missing: their retention is over':
    '보존 기간이 끝나 Last-Event-ID 이후의 이벤트가 일부 빠졌을 수 있습니다',
  'since must not be in the future': 'since에는 미래의 시각을 쓸 수 없습니다',
  'Last-Event-ID must be the id of an event, as this stream sends it':
    'Last-Event-ID에는 이 스트림이 보낸 이벤트 ID를 그대로 써야 합니다',
  'Last-Event-ID: you have no event with this id. Connect without this header, and with since for stored events.':
    'Last-Event-ID: ID가 일치하는 이벤트가 없습니다. 이 헤더 없이 연결하십시오. 저장된 이벤트를 받으려면 since를 지정하십시오.',
  'You have {{taken}} open streams: close one first.':
    '열려 있는 스트림이 이미 {{taken}}개 있습니다. 먼저 하나를 닫으십시오.',
  'This process has too many open streams.': '이 프로세스에 열려 있는 스트림이 너무 많습니다.',
};
