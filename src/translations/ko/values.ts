import type { Catalogue } from '../phrase.js';

/**
 * Messages about values of a request. A field, a value or a right value may end with any letter: no particle that depends on
 * it follows a placeholder.
 */
export const VALUES: Catalogue = {
  // Faults of fields
  '{{faults}}; and {{more}} more': '{{faults}}; 그 밖의 오류 {{more}}건',
  '{{fault}}; {{hint}}': '{{fault}}. {{hint}}',
  '{{field}} {{fault}}': '{{field}}: {{fault}}',
  '{{field}} must be {{right}}': '{{field}}: 올바른 값은 {{right}}입니다',
  '{{field}} must be {{right}}, not {{value}}': '{{field}}: 올바른 값은 {{right}}입니다(받은 값: {{value}})',
  '{{field}} is missing; it must be {{right}}': '{{field}}: 값이 없습니다. 올바른 값은 {{right}}입니다',
  '{{field}} is missing; use {{right}}': '{{field}}: 값이 없습니다. 사용할 수 있는 값: {{right}}',
  '{{field}}: {{value}} is not {{what}}; use {{right}}':
    '{{field}}: 올바른 {{what}} 값이 아닙니다(받은 값: {{value}}). 사용할 수 있는 값: {{right}}',
  '{{field}}: {{value}} must not repeat': '{{field}}: {{value}} 값이 중복되었습니다',
  '{{field}} must name at least one {{noun}}: {{right}}':
    '{{field}}: {{noun}} 값이 하나 이상 있어야 합니다. 사용할 수 있는 값: {{right}}',
  '{{field}} must be given once': '{{field}}: 한 번만 지정해야 합니다',
  '{{field}} should not exist': '{{field}}: 사용할 수 없는 필드입니다',
  '{{field}} should not exist (did you mean {{meant}}?)': '{{field}}: 사용할 수 없는 필드입니다(찾는 필드: {{meant}})',
  '{{fault}}; the fields are {{fields}}': '{{fault}}. 사용할 수 있는 필드: {{fields}}',
  '{{field}} should not exist; the fields of {{kind}} are {{fields}}':
    '{{field}}: 사용할 수 없는 필드입니다. {{kind}} 타입에서 사용할 수 있는 필드: {{fields}}',
  '{{field}} must not wrap the fields: send them at the top level':
    '{{field}}: 필드를 이 객체로 감싸지 말고 최상위에 보내십시오',
  '{{name}} must not have two fields of the same name': '{{name}}: 이름이 같은 필드가 두 개 있습니다',
  '{{path}} must not have more than {{max}} values': '{{path}}: 값이 {{max}}개를 넘을 수 없습니다',

  // Hints
  'cursor, the nextCursor of the page before, with limit, the size of a page':
    'cursor는 이전 페이지의 nextCursor, limit는 페이지 크기',
  'scopes, an array': '배열인 scopes',
  'it was encoded twice': 'JSON으로 두 번 인코딩되었습니다',
  'did you mean {{meant}}?': '{{meant}} 값을 보내려고 했습니까?',

  // Lists of values
  '{{others}} or {{last}}': '{{others}} 또는 {{last}}',
  '{{others}} and {{last}}': '{{others}}, {{last}}',
  'one of {{count}} others': '그 밖의 {{count}}개 중 하나',

  // Values that were given
  'a text': '텍스트',
  'a number': '숫자',
  'a boolean': '불리언',
  'an array': '배열',
  'an object': '객체',
  'a text of {{length}} characters': '{{length}}자의 텍스트',
  'a number of {{length}} characters': '{{length}}자의 숫자',
  'a field with a name of {{length}} characters': '이름이 {{length}}자인 필드',
  'a key of {{length}} characters': '{{length}}자의 키',

  // Right values
  'a JSON object': 'JSON 객체',
  'a JSON object with {{fields}}': '다음 필드가 있는 JSON 객체({{fields}})',
  'an array of {{choices}}, such as ["{{example}}"]': '다음 값의 배열({{choices}}), 예: ["{{example}}"]',
  'text of {{min}} to {{max}} characters without control characters': '제어 문자가 없는 {{min}}~{{max}}자의 텍스트',
  'a text of 1 to 128 visible ASCII characters': '표시 가능한 ASCII 문자 1~128자의 텍스트',
  'a whole number from {{min}} to {{max}}': '{{min}}부터 {{max}}까지의 정수',
  'true or false': 'true 또는 false',
  'the nextCursor of an earlier page': '이전 페이지의 nextCursor',
  'an ISO 8601 time with an offset, such as 2025-01-20T14:30:04.000Z':
    '오프셋이 있는 ISO 8601 시각(예: 2025-01-20T14:30:04.000Z)',

  // Kinds of values
  'a lifetime': '유효 기간',
  'a scope': '스코프',
  scope: '스코프',
  'an event type': '이벤트 타입',
  'event type': '이벤트 타입',
  'a status': '상태',
  'a state': '상태',
  'a trigger': '시도 원인',
  'a class of errors': '오류 분류',
  'a choice of events': '이벤트 범위',
  'a kind of signature': '서명 방식',
  'a kind of authentication': '인증 방식',
  'an ordering': '순서 방식',
  'a period': '기간 단위',
};
