require 'json'
require 'openssl'

module DocMap
  class VerificationError < StandardError; end

  TOLERANCE_SECONDS = 300

  module_function

  # Returns the event of a genuine and recent request, going by webhook-signature; raises VerificationError for any
  # other. `body` has the bytes as they came; `headers['webhook-id']` returns a header, as Rails' request.headers does.
  def verify(body, headers, secret, now: Time.now)
    id = headers['webhook-id']
    timestamp = headers['webhook-timestamp']
    age = now.to_i - timestamp.to_i # 0, long ago, for a missing header
    raise VerificationError, 'too old or too new' if age.abs > TOLERANCE_SECONDS

    digest = OpenSSL::HMAC.digest('SHA256', secret.unpack1('m'), "#{id}.#{timestamp}.".b + body.b)
    require_one_equal(headers['webhook-signature'].to_s.split(' '), "v1,#{[digest].pack('m0')}")
    JSON.parse(body)
  end

  # The same for x-docmap-signature, which does not say when the request was made.
  def verify_body(body, headers, secret)
    expected = "sha256=#{OpenSSL::HMAC.hexdigest('SHA256', secret, body)}"
    require_one_equal(headers['x-docmap-signature'].to_s.split(','), expected)
    JSON.parse(body)
  end

  # There are several signatures during a rotation of the secret: one right one is enough.
  def require_one_equal(signatures, expected)
    return if signatures.any? { |signature| OpenSSL.secure_compare(signature, expected) }

    raise VerificationError, 'not signed by us'
  end
end
