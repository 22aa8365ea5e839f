import type { Catalogue } from '../phrase.js';

/** Messages about events, deliveries and recoveries. */
export const EVENTS: Catalogue = {
  // Events
  'There is no event with this id.': 'ID가 일치하는 이벤트가 없습니다.',
  'Use the id in the answer of POST {{root}}/events, not the extractionId or the id of a delivery.':
    'extractionId나 전송 ID가 아니라 POST {{root}}/events 응답의 ID를 사용하십시오.',
  'This event belongs to another user.': '다른 사용자의 이벤트입니다.',
  'The event is larger than {{maxBytes}} bytes.': '이벤트가 {{maxBytes}}바이트보다 큽니다.',
  '{{path}}.id is always the extractionId: leave it out': '{{path}}.id: 값은 항상 extractionId이므로 생략하십시오',
  'data must be an object that JSON can express': 'data: JSON으로 표현할 수 있는 객체여야 합니다',
  'events is for a batch: this route takes the fields of one event.':
    'events: 여러 이벤트를 한꺼번에 발행할 때 쓰는 필드입니다. 이 경로에는 이벤트 하나의 필드를 보내십시오.',
  'POST {{root}}/events/batch takes events.': 'events는 POST {{root}}/events/batch에서 사용합니다.',
  'an array of 1 to {{max}} events': '이벤트 1~{{max}}개의 배열',
  'events must have 1 to {{max}} events': 'events: 이벤트가 1~{{max}}개 있어야 합니다',
  'events must not appear twice': 'events: 필드가 두 번 있습니다',
  'Idempotency-Key must be 1 to 255 visible ASCII characters':
    'Idempotency-Key는 표시 가능한 ASCII 문자 1~255자여야 합니다',
  'This Idempotency-Key was used with another body. Use a new key for a new request.':
    '이 Idempotency-Key는 이미 다른 본문에 사용되었습니다. 새 요청에는 새 키를 사용하십시오.',
  'The events of this Idempotency-Key were erased. Use a new key for a new request.':
    '이 Idempotency-Key로 발행한 이벤트는 삭제되었습니다. 새 요청에는 새 키를 사용하십시오.',

  // Deliveries
  'There is no such delivery.': '존재하지 않는 전송입니다.',
  'There is no delivery or attempt with this id.': 'ID가 일치하는 전송이나 시도가 없습니다.',
  'There is no delivery record with this id.': 'ID가 일치하는 전송 기록이 없습니다.',
  'Use the id of a record of GET {{root}}/webhooks/deliveries, not its deliveryId or extractionId.':
    'deliveryId나 extractionId가 아니라 GET {{root}}/webhooks/deliveries 응답에 있는 기록의 ID를 사용하십시오.',
  'This delivery record belongs to another user.': '다른 사용자의 전송 기록입니다.',
  'The webhook is not active: activate it before you resend to it.':
    '웹훅이 활성 상태가 아닙니다. 재전송하기 전에 활성화하십시오.',
  'The delivery is older than the retention.': '전송의 보존 기간이 지났습니다.',
  '{{field}}: {{value}} is not a filter of statuses; use a status such as 500, a class such as 5xx, or {{none}}':
    '{{field}}: {{value}} 값으로는 상태를 필터링할 수 없습니다. 500과 같은 상태, 5xx와 같은 범위, 또는 {{none}} 값을 사용하십시오',
  '{{field}}: {{value}} is not a text; use an id of a delivery record':
    '{{field}}: {{value}} 값은 텍스트가 아닙니다. 전송 기록의 ID를 사용하십시오',
  'an array of 1 to {{most}} ids of delivery records': '전송 기록 ID 1~{{most}}개의 배열',
  'ids[{{place}}]: {{value}} {{what}}. Nothing was queued.':
    'ids[{{place}}]: {{value}}: {{what}}. 아무것도 대기열에 넣지 않았습니다.',
  'is no id of a delivery record': '전송 기록의 ID가 아닙니다',
  'is a delivery record of another user': '다른 사용자의 전송 기록입니다',
  'is a record of a deleted webhook': '삭제된 웹훅의 전송 기록입니다',
  'is a record of a webhook that is not active: activate it first':
    '활성 상태가 아닌 웹훅의 전송 기록입니다. 먼저 웹훅을 활성화하십시오',
  'is a record of a delivery that is older than the retention': '보존 기간이 지난 전송의 기록입니다',

  // Recoveries
  'There is no recovery with this id.': 'ID가 일치하는 복구가 없습니다.',
  'GET {{root}}/webhooks/{id}/recoveries lists those of a webhook. POST {{root}}/webhooks/{id}/recover creates one.':
    '웹훅의 복구는 GET {{root}}/webhooks/{id}/recoveries로 조회하고 POST {{root}}/webhooks/{id}/recover로 시작합니다.',
  'since must be before until and before now': 'since는 until과 현재 시각보다 앞서야 합니다',
  '{{field}}: {{value}} is not an id of an extraction; use {{right}}':
    '{{field}}: {{value}} 값은 추출 ID가 아닙니다. 올바른 값은 {{right}}입니다',
  'an array of 1 to {{most}} ids of extractions': '추출 ID 1~{{most}}개의 배열',
};
