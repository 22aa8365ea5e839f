import type { Catalogue } from '../phrase.js';

/** Messages about filters. The place within the filter is part of the field. */
export const FILTERS: Catalogue = {
  'the JSON text of a filter, such as {"data.pages":{"$gte":100}}, encoded for a URL':
    'URL 인코딩한 필터의 JSON 텍스트(예: {"data.pages":{"$gte":100}})',
  'an object of conditions, such as {"data.pages": {"$gte": 100}}': '조건 객체, 예: {"data.pages": {"$gte": 100}}',
  'an array of one or more filters': '필터가 하나 이상 있는 배열',
  'a number or a text': '숫자 또는 텍스트',
  'an array of 1 to {{max}} values': '값 1~{{max}}개의 배열',
  'a number of at most {{digits}} digits, from 1e-{{magnitude}} to below 1e{{magnitude}}':
    '{{digits}}자리 이하의 숫자(1e-{{magnitude}} 이상 1e{{magnitude}} 미만)',
  'a text, a number, true, false or null': '텍스트, 숫자, true, false, null 중 하나',
  'use $in for one of several values': '여러 값 중 하나를 찾으려면 $in을 사용하십시오',
  '$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists or $startsWith':
    '$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $startsWith',
  '{{field}} has no operator; use {{operators}}': '{{field}}: 연산자가 없습니다. 사용할 수 있는 연산자: {{operators}}',
  '{{field}} is not an operator; use {{operators}}':
    '{{field}}: 연산자가 아닙니다. 사용할 수 있는 연산자: {{operators}}',
  '{{field}} has no condition; use null for a webhook without a filter':
    '{{field}}: 조건이 없습니다. 필터가 없는 웹훅에는 null을 사용하십시오',
  '{{field}} has {{count}} conditions; use at most {{max}}':
    '{{field}}: 조건이 {{count}}개 있습니다. {{max}}개까지 쓸 수 있습니다',
  '{{field}} has {{bytes}} bytes of JSON; use at most {{max}}':
    '{{field}}: JSON이 {{bytes}}바이트입니다. {{max}}바이트까지 쓸 수 있습니다',
  '{{field}} is on level {{level}}; use at most {{max}}':
    '{{field}}: {{level}}번째 단계에 있습니다. {{max}}단계까지 쓸 수 있습니다',
  'is not an operator here; use $and, $or, $not or a path':
    '여기에는 쓸 수 없는 연산자입니다. $and, $or, $not 또는 경로를 사용하십시오',
  'has a backslash that is not before a dot or a backslash': '백슬래시 뒤에 점이나 백슬래시가 없습니다',
  'has an empty name': '빈 이름이 있습니다',
  'is not a path of an event; a path begins with data., or is type or extractionId':
    '이벤트의 경로가 아닙니다. 경로는 data.으로 시작하거나 type 또는 extractionId입니다',
  'event must have type or event, not both': 'event: type과 event 중 하나만 써야 합니다',
};
