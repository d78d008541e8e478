package dev.cnm.cli.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonTextTest {

  @Test
  void jsonIsLaidOutAsDockersIs() {
    Map<String, ?> value =
        JsonText.object(
            "Text",
            "a\"b\\c\n\u0001é\uD800",
            "Null",
            null,
            "Map",
            Map.of(),
            "List",
            List.of(1, true));

    assertThat(JsonText.compact(value))
        .isEqualTo(
            "{\"Text\":\"a\\\"b\\\\c\\n\\u0001é\\ud800\",\"Null\":null,\"Map\":{},\"List\":[1,true]}");
    assertThat(JsonText.indented(List.of(value)))
        .isEqualTo(
            """
            [
                {
                    "Text": "a\\"b\\\\c\\n\\u0001é\\ud800",
                    "Null": null,
                    "Map": {},
                    "List": [
                        1,
                        true
                    ]
                }
            ]\
            """);
  }
}
