"""How long one transform takes, with keywords made by the model and with the text itself as the query."""

import tempfile
import time

from hdsl import (
    StMoeModule,
    get_query_tensor,
    make_tensor,
)

with tempfile.TemporaryDirectory() as folder:
    texts = make_tensor(["hello", "bye"], folder)
    model = StMoeModule(experience_shape=[2, 3], task_prompt="Translate.", topk=1)
    rows = [["greeting\nhello", "hello", "bonjour"], ["farewell\nbye", "bye", "au revoir"]]
    model.experience = make_tensor(rows, folder)

    began = time.monotonic()
    queries = get_query_tensor(texts, task_prompt="Translate.", llm_method="raw_llm_api")
    asked = time.monotonic()
    output, selected = model(texts)
    ended = time.monotonic()
    print(f"keywords {asked - began:.3f} s, transform {ended - asked:.3f} s")
    assert list(queries.shape) == list(output.shape) == [2]
    assert (output > 0).all()
    assert len(selected) == 2
print("done")
