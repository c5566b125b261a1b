"""How long one transform takes, with keywords made by the model and with the text itself as the query."""

import tempfile
import time

from hdsl import (
    get_query_tensor,
    make_tensor,
    st_moe,
)

with tempfile.TemporaryDirectory() as folder:
    texts = make_tensor(["hello", "bye"], folder)
    experience = make_tensor([["greeting\nhello", "hello", "bonjour"], ["farewell\nbye", "bye", "au revoir"]], folder)

    began = time.monotonic()
    queries = get_query_tensor(texts, task_prompt="Translate.", llm_method="raw_llm_api")
    asked = time.monotonic()
    output, selected = st_moe(texts, experience, task_prompt="Translate.", topk=1, llm_method="raw_llm_api")
    ended = time.monotonic()
    print(f"keywords {asked - began:.3f} s, transform {ended - asked:.3f} s")
    assert list(queries.shape) == list(output.shape) == [2]
    assert (output > 0).all()
    assert len(selected) == 2
print("done")
