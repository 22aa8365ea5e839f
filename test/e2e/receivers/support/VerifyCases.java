import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads requests (the time, the body in base64, and "=" with the secret in base64, if there is one; then a header per line;
 * then an empty line) and prints as JSON whether each is accepted.
 */
final class VerifyCases {
    public static void main(String[] arguments) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<String> accepted = new ArrayList<>();
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] request = line.split(" ");
            Map<String, String> headers = new HashMap<>();
            for (String header = input.readLine(); !header.isEmpty(); header = input.readLine()) {
                String[] pair = header.split(" ", 2);
                headers.put(pair[0], pair[1]);
            }
            Instant now = Instant.ofEpochSecond(Long.parseLong(request[0]));
            byte[] body = Base64.getDecoder().decode(request[1]);
            String secret = request.length < 3 ? null : text(request[2].substring(1));
            try {
                if (arguments[0].equals("verify")) DocMapSignature.verify(body, headers::get, secret, now);
                else DocMapSignature.verifyBody(body, headers::get, secret);
                accepted.add("true");
            } catch (GeneralSecurityException refused) {
                accepted.add("false");
            } catch (IllegalArgumentException misconfigured) {
                accepted.add("\"misconfigured\"");
            }
        }
        System.out.println(accepted);
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
