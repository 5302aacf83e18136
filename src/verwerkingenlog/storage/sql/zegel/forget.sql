update kop set checkpoint = null
