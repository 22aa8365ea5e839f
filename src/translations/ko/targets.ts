import type { Catalogue } from '../phrase.js';

/** Messages about URLs of receivers. */
export const TARGETS: Catalogue = {
  'must not be longer than {{max}} characters': '{{max}}자를 넘을 수 없습니다',
  'must be an absolute URL': '절대 URL이어야 합니다',
  'must be an HTTPS URL': 'HTTPS URL이어야 합니다',
  'must be an HTTP or HTTPS URL': 'HTTP 또는 HTTPS URL이어야 합니다',
  'must not contain credentials': '인증 정보를 포함할 수 없습니다',
  'must not have a fragment': '프래그먼트(#)를 포함할 수 없습니다',
  'must use port 443, 8443 or one from 1024 to 65535': '포트는 443, 8443 또는 1024~65535여야 합니다',
  'must not point to a private or reserved address': '사설 주소나 예약된 주소를 가리킬 수 없습니다',
  'must not have a host name that ends with a dot': '호스트 이름이 점으로 끝날 수 없습니다',
  'must have a public host name': '공개된 호스트 이름이어야 합니다',
  'must have a valid host name': '올바른 호스트 이름이어야 합니다',
  'remove the quotes, brackets or spaces around it': '앞뒤의 따옴표, 괄호, 공백을 제거하십시오',
  'check its host and port: a valid URL is like https://your-app.com/webhooks/docmap':
    '호스트와 포트를 확인하십시오. 올바른 URL의 예: https://your-app.com/webhooks/docmap',
  'for a receiver on your own machine, register the HTTPS URL of a tunnel; or start this service with WEBHOOK_REQUIRE_HTTPS=false and WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8, and register http://127.0.0.1:<port>/':
    '수신 서버가 같은 컴퓨터에 있으면 터널의 HTTPS URL을 등록하십시오. 또는 WEBHOOK_REQUIRE_HTTPS=false와 WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8로 이 서비스를 시작하고 http://127.0.0.1:<port>/를 등록하십시오',
  'begin it with https:// and a host': 'https://와 호스트로 시작하십시오',
  'remove user name and password, and verify the signature of each request instead':
    '사용자 이름과 비밀번호를 제거하고, 대신 각 요청의 서명을 검증하십시오',
  'remove the # and the text after it': '#과 그 뒤의 텍스트를 제거하십시오',
  'no setting allows this address': '이 주소는 어떤 설정으로도 허용할 수 없습니다',
  'for a receiver in a private network, start this service with the network in WEBHOOK_ALLOWED_NETWORKS, and with WEBHOOK_REQUIRE_HTTPS=false for plain HTTP':
    '수신 서버가 사설 네트워크에 있으면 WEBHOOK_ALLOWED_NETWORKS에 그 네트워크를 지정하여 이 서비스를 시작하십시오. HTTP를 쓰려면 WEBHOOK_REQUIRE_HTTPS=false도 필요합니다',
  'for a receiver in a private network, register its address, which WEBHOOK_ALLOWED_NETWORKS must allow':
    '수신 서버가 사설 네트워크에 있으면 그 주소를 등록하십시오. WEBHOOK_ALLOWED_NETWORKS에서 허용한 주소여야 합니다',
  'begin it with https://, or start this service with WEBHOOK_REQUIRE_HTTPS=false':
    'https://로 시작하거나, WEBHOOK_REQUIRE_HTTPS=false로 이 서비스를 시작하십시오',
};
