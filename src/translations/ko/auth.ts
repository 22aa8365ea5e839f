import type { Catalogue } from '../phrase.js';

/** Messages about API keys, credentials and limits of requests. */
export const AUTH: Catalogue = {
  // Credentials
  'An API key is missing: send "Authorization: Bearer <key>".':
    'API 키가 없습니다. "Authorization: Bearer <key>" 헤더를 보내십시오.',
  'An API key is missing: send "Authorization: Bearer <key>"; {{hint}}.':
    'API 키가 없습니다. "Authorization: Bearer <key>" 헤더를 보내십시오. {{hint}}.',
  'the word Bearer and a space are missing before the key': '키 앞에 Bearer와 공백이 없습니다',
  'nothing follows the word Bearer, as when the variable with the key is empty':
    'Bearer 뒤에 아무것도 없습니다. 키를 담은 변수가 비어 있는지 확인하십시오',
  'the word Bearer is there twice': 'Bearer가 두 번 들어 있습니다',
  'no colon follows the word Bearer': 'Bearer 뒤에는 콜론을 쓰지 않습니다',
  'a space is missing after the word Bearer': 'Bearer 뒤에 공백이 없습니다',
  'the header is there twice': '헤더가 두 번 들어 있습니다',
  'there is white space inside the key': '키 안에 공백이 있습니다',
  'the header does not begin with the word Bearer': '헤더가 Bearer로 시작하지 않습니다',
  'the header {{name}} is not read': '이 서비스는 {{name}} 헤더를 읽지 않습니다',
  'a key in the query is not read': '이 서비스는 쿼리에 있는 키를 읽지 않습니다',
  'The API key is invalid: {{hint}}.': 'API 키가 올바르지 않습니다. {{hint}}.',
  'put the key in the place of this placeholder': '이 자리표시자를 실제 키로 바꾸십시오',
  'it is only the beginning of a key': '키의 앞부분만 있습니다',
  'send it without quotes, brackets or punctuation around it': '앞뒤의 따옴표, 괄호, 문장 부호를 빼고 보내십시오',
  'this is an id; the key itself begins with "dm_live_"': '이 값은 ID입니다. 키는 "dm_live_"로 시작합니다',
  'after "dm_live_" a key has 30 to 64 letters or digits, and this one is cut off or has something added':
    '키는 "dm_live_" 뒤에 영문자나 숫자가 30~64자 있어야 합니다. 이 키는 잘렸거나 다른 문자가 붙어 있습니다',
  'keys of this service begin with "dm_live_", in lower case': '이 서비스의 키는 소문자 "dm_live_"로 시작합니다',
  'This is the example key of the documents, which is public. Create a key of your own.':
    '이 키는 문서에 공개된 예시 키입니다. 키를 직접 생성하십시오.',
  'The API key is invalid: check that it is complete and belongs to this server.':
    'API 키가 올바르지 않습니다. 키가 잘리지 않았는지, 이 서버의 키인지 확인하십시오.',
  'The API key is invalid: it was revoked. Use another one.':
    'API 키가 올바르지 않습니다. 폐기된 키입니다. 다른 키를 사용하십시오.',
  'The API key has expired. Use another one.': 'API 키가 만료되었습니다. 다른 키를 사용하십시오.',

  // Permissions
  'This process only dispatches (ROLE=dispatcher): use one that serves the API.':
    '이 프로세스는 전송만 합니다(ROLE=dispatcher). API를 제공하는 프로세스를 사용하십시오.',
  'This needs an API key with the scope {{scopes}}.': '이 요청에는 스코프가 {{scopes}}인 API 키가 필요합니다.',
  "A key can't grant what it lacks: {{scopes}}.": '키에 없는 스코프는 부여할 수 없습니다: {{scopes}}.',
  'userId names another user: only a key with the scope "admin" may act for it.':
    'userId가 다른 사용자를 가리킵니다. 다른 사용자를 대신하려면 스코프가 "admin"인 키가 필요합니다.',
  'This API key belongs to another user.': '다른 사용자의 API 키입니다.',

  // Limits
  'You have {{max}} active API keys. Revoke one first.':
    '활성 API 키가 이미 {{max}}개 있습니다. 먼저 하나를 폐기하십시오.',
  '{{userId}} has {{max}} active API keys. Revoke one first.':
    '사용자 {{userId}}에게 활성 API 키가 이미 {{max}}개 있습니다. 먼저 하나를 폐기하십시오.',
  'More than {{limit}} requests per minute with the keys of one user.':
    '한 사용자의 키로 보낸 요청이 분당 {{limit}}건을 넘었습니다.',
  'Too many requests without a valid API key from this address.':
    '이 주소에서 유효한 API 키가 없는 요청을 너무 많이 보냈습니다.',
  'Too many requests.': '요청이 너무 많습니다.',

  // Ids
  'There is no API key with this id.': 'ID가 일치하는 API 키가 없습니다.',
  'Use an id of GET {{root}}/api-keys, not the key itself.':
    '키 자체가 아니라 GET {{root}}/api-keys 응답의 ID를 사용하십시오.',
};
